SELECT type, version, body, author, made_at
FROM event_contract
WHERE workspace = $1 AND type = $2
ORDER BY version DESC
LIMIT $3
