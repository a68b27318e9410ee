-- After the tokens, whose new due time it tells. One that has yet to arrive does not wait, whatever was chosen.
INSERT INTO trace (workspace, token, seq, at, node, action, detail, reason)
SELECT t.workspace, t.id, t.seq, $1, $2,
    CASE WHEN $3 = 'retime' AND t.phase = 'due' THEN 'waiting' WHEN $3 = 'exit' THEN 'finished' ELSE 'moved' END,
    CASE WHEN $3 = 'retime' AND t.phase = 'due' THEN CAST(t.due_at AS text) WHEN $3 = 'exit' THEN NULL ELSE $4 END,
    $5
FROM ROWS(workspace uuid, token uuid, phase text, seq bigint, due_at bigint) AS r
JOIN token AS t ON t.workspace = r.workspace AND t.id = r.token
