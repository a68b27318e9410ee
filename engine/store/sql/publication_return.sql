-- Only those that stand as the publication left them, or rest at the wait where it put them: one more step, and no
-- effect. Whoever took another step since has another place or seq.
UPDATE token
SET version = $5,
    node = $6,
    phase = p.phase,
    seq = token.seq + 1,
    state = 'ready',
    due_at = p.due_at,
    attempts = 0,
    updated_at = $7
FROM publication_token AS p
WHERE p.workspace = $1 AND p.publication = $2 AND p.batch = $3
  AND token.workspace = p.workspace AND token.id = p.token
  AND token.state = $4
  AND (token.seq = p.seq + 1 OR (token.seq = p.seq + 2 AND token.phase = 'due' AND token.node = $8))
