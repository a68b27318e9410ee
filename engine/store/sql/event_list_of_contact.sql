-- What an event brings along may be large, and no list shows it.
SELECT id, contact, type, '{}', key, COALESCE(said_at, occurred_at), received_at
FROM event
WHERE workspace = $1 AND contact = $5 AND id < $2 AND (type = $4 OR $4 IS NULL)
ORDER BY id DESC
LIMIT $3
