INSERT INTO event_violation (workspace, type, path, code, times, reason, first_at, last_at)
SELECT r.workspace, r.type, r.path, r.code, r.times, r.reason, $1, $1
FROM ROWS(workspace uuid, type text, path text, code text, times bigint, reason text) AS r
WHERE TRUE
ORDER BY r.workspace, r.type, r.path, r.code
ON CONFLICT (workspace, type, path, code) DO UPDATE
SET times = event_violation.times + excluded.times, reason = excluded.reason, last_at = excluded.last_at
