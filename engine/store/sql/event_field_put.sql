INSERT INTO event_field (workspace, type, path, kinds, examples, carried, first_seen, last_seen)
SELECT r.workspace, r.type, r.path, r.kinds, r.examples, r.carried, r.first_seen, r.last_seen
FROM ROWS(workspace uuid, type text, path text, kinds text, examples text, carried bigint, first_seen bigint, last_seen bigint) AS r
WHERE TRUE
ON CONFLICT (workspace, type, path) DO UPDATE
SET kinds = excluded.kinds, examples = excluded.examples, carried = excluded.carried, last_seen = excluded.last_seen
