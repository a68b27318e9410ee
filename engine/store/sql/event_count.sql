-- After a time, and without an end: what is stored has happened. A claim takes its time before its locks, and clocks of nodes
-- differ, so an event may be stored with a later time. Nobody would count it afterwards.
SELECT r.ord, (
    SELECT count(*)
    FROM event AS e
    WHERE e.workspace = r.workspace AND e.contact = r.contact AND e.type = r.type AND e.occurred_at > r.after
)
FROM ROWS(ord bigint, workspace uuid, contact uuid, type text, after bigint) AS r
