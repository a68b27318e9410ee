UPDATE token
SET state = 'done', seq = p.seq + 1, due_at = $4, attempts = 0, updated_at = $4
FROM publication_token AS p
WHERE p.workspace = $1 AND p.publication = $2 AND p.batch = $3
  AND token.workspace = p.workspace AND token.id = p.token
