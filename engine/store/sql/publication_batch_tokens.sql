SELECT token, phase, seq, due_at, error
FROM publication_token
WHERE workspace = $1 AND publication = $2 AND batch = $3
ORDER BY token
