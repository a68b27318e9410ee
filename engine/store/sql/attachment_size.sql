-- Lengths are known without reading what is so long.
SELECT CAST(COALESCE(SUM(length(bytes) + length(filename) + length(content_type)), 0) AS bigint)
FROM attachment
WHERE workspace = $1 AND event = $2
