-- After the tokens, whose new due time it tells. One that has yet to arrive does not wait, whatever was chosen.
INSERT INTO trace (workspace, token, seq, at, node, action, detail, reason)
SELECT t.workspace, t.id, t.seq, $4, $5,
    CASE WHEN $6 = 'retime' AND t.phase = 'due' THEN 'waiting' WHEN $6 = 'exit' THEN 'finished' ELSE 'moved' END,
    CASE WHEN $6 = 'retime' AND t.phase = 'due' THEN CAST(t.due_at AS text) WHEN $6 = 'exit' THEN NULL ELSE $7 END,
    $8
FROM publication_token AS p
JOIN token AS t ON t.workspace = p.workspace AND t.id = p.token
WHERE p.workspace = $1 AND p.publication = $2 AND p.batch = $3
