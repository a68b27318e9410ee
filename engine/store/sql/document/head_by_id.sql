SELECT d.id, c.id, c.number, l.id, l.number, l.created_at,
    CASE WHEN ARCHIVED THEN CAST(1 AS bigint) ELSE 0 END AS archived, l.body
FROM DOCUMENT AS d
JOIN DOCUMENT_version AS l ON l.workspace = d.workspace AND l.id = d.LATEST
LEFT JOIN DOCUMENT_version AS c ON c.workspace = d.workspace AND c.id = d.current AND c.number > 0
WHERE d.workspace = $1 AND d.id = $2
