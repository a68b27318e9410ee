-- `at` is hidden behind a plus: SQLite would rather read every step of the workspace.
-- A token that was let in has passed its entry, so its first passed step says when; one that was not has none.
-- Earlier tokens that have taken no step are ahead of this one: who is let in first must be decided first.
SELECT r.ord, (
    SELECT max((
        SELECT min(+s.at)
        FROM trace AS s
        WHERE s.workspace = t.workspace AND s.token = t.id AND s.action = 'passed'
    ))
    FROM participation AS p
    JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
    WHERE p.workspace = r.workspace AND p.contact = r.contact AND t.program = r.program AND p.token <> r.id
), (
    SELECT count(*)
    FROM participation AS p
    JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
    WHERE p.workspace = r.workspace AND p.contact = r.contact AND t.program = r.program AND p.token < r.id
      AND t.state IN ('ready', 'held', 'ejected') AND t.seq = 0
), (
    SELECT max(t.due_at)
    FROM participation AS p
    JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
    WHERE p.workspace = r.workspace AND p.contact = r.contact AND t.program = r.program AND p.token < r.id
      AND t.state IN ('ready', 'held', 'ejected') AND t.seq = 0
)
FROM ROWS(ord bigint, workspace uuid, contact uuid, program uuid, id uuid) AS r
