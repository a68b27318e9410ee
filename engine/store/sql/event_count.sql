-- After a time, and up to an hour behind now: what is stored has happened. A claim takes its time before its locks, and clocks
-- of nodes differ, so an event may be stored with a later time, and nobody would count it afterwards. What a clock stored
-- that was years ahead counts for nothing.
SELECT r.ord, (
    SELECT count(*)
    FROM event AS e
    WHERE e.workspace = r.workspace AND e.contact = r.contact AND e.type = r.type AND e.occurred_at > r.after AND e.occurred_at <= $1
)
FROM ROWS(ord bigint, workspace uuid, contact uuid, type text, after bigint) AS r
