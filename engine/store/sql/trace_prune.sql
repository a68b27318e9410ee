-- Only of finished runs: the timeline of a run under way stays whole.
DELETE FROM trace
WHERE workspace = $1 AND (token, seq) IN (
    SELECT x.token, x.seq
    FROM trace AS x
    LEFT JOIN token AS t ON t.workspace = x.workspace AND t.id = x.token
    WHERE x.workspace = $1 AND x.at < $2 AND (t.id IS NULL OR t.state = 'done')
    ORDER BY x.at
    LIMIT $3
)
