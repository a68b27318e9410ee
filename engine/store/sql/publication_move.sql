-- $6: the token rests on as it did ($7 ms longer or shorter, if that is not 0), or arrives anew.
UPDATE token
SET version = $4,
    node = $5,
    phase = CASE WHEN $6 THEN p.phase ELSE 'arrived' END,
    seq = p.seq + 1,
    due_at = CASE
        WHEN NOT $6 THEN $8
        WHEN p.phase = 'arrived' OR $7 = 0 THEN p.due_at
        WHEN p.due_at + $7 < $8 THEN $8
        ELSE p.due_at + $7
    END,
    attempts = 0,
    updated_at = $8
FROM publication_token AS p
WHERE p.workspace = $1 AND p.publication = $2 AND p.batch = $3
  AND token.workspace = p.workspace AND token.id = p.token
