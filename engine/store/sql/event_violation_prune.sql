-- Names of fields that senders made up may be among them.
DELETE FROM event_violation
WHERE workspace = $1 AND (type, path, code) IN (
    SELECT v.type, v.path, v.code
    FROM event_violation AS v
    WHERE v.workspace = $1 AND v.last_at < $2
    LIMIT $3
)
