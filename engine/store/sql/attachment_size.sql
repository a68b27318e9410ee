-- Lengths are known without reading what is so long.
SELECT CAST(COALESCE(SUM(s.bytes), 0) AS bigint)
FROM (
    SELECT length(bytes) + length(filename) + length(content_type) AS bytes
    FROM attachment
    WHERE workspace = $1 AND event = $2
    UNION ALL
    SELECT length(bytes)
    FROM piece
    WHERE workspace = $1 AND owner = $2
) AS s
