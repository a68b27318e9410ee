-- Only those that stand as the publication left them: whoever took a step since has another seq.
UPDATE token
SET version = $5,
    node = $6,
    phase = p.phase,
    seq = p.seq + 2,
    state = 'ready',
    due_at = p.due_at,
    attempts = 0,
    updated_at = $7
FROM publication_token AS p
WHERE p.workspace = $1 AND p.publication = $2 AND p.batch = $3
  AND token.workspace = p.workspace AND token.id = p.token
  AND token.seq = p.seq + 1 AND token.state = $4
