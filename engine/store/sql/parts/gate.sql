-- Why this row of `message` must not be handed over now; nothing: it may. Whatever forbids a mail is asked here, in the
-- transaction of its mark, and has a word in `outbox/gate.rs`. A mark that is written again counts once, so it is not asked
-- about bounds again. No EXISTS: while tables are new PostgreSQL would read the whole of them for one.
CASE
    WHEN (
        SELECT p.holds FROM program AS p
        WHERE p.workspace = message.workspace AND p.id = message.program AND p.holds IS NOT NULL) IS NOT NULL THEN 'program'
    WHEN (SELECT q.held_at FROM queue AS q WHERE q.class = message.class) IS NOT NULL THEN 'queue'
    WHEN message.class = 'marketing' AND COALESCE((
        SELECT c.opt_in FROM contact AS c
        WHERE c.workspace = message.workspace AND c.id = message.contact), FALSE) = FALSE THEN 'consent'
    WHEN message.extra > 0 OR message.handing THEN NULL
    WHEN message.hand_overs >= MOST_HAND_OVERS THEN 'hand_overs'
    WHEN message.unknowns >= MOST_UNKNOWNS THEN 'unknowns'
END
