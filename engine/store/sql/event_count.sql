-- The same bounds as the simulator's: after, up to and including now.
SELECT r.ord, (
    SELECT count(*)
    FROM event AS e
    WHERE e.workspace = r.workspace AND e.contact = r.contact AND e.type = r.type
      AND e.occurred_at > r.after AND e.occurred_at <= $1
)
FROM ROWS(ord bigint, workspace uuid, contact uuid, type text, after bigint) AS r
