SELECT m.id, v.body
FROM ROWS(id uuid) AS r
JOIN message AS m ON m.id = r.id AND m.state = 'leased'
JOIN stream_version AS v ON v.workspace = m.workspace AND v.id = m.stream_version
