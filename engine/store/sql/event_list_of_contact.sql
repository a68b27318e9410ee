SELECT id, contact, type, data, key, occurred_at, received_at
FROM event
WHERE workspace = $1 AND contact = $5 AND id < $2 AND ($4 IS NULL OR type = $4)
ORDER BY id DESC
LIMIT $3
