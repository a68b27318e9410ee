-- Version 0 is none: it stands for a stream that so far is only a draft.
SELECT s.id, s.name, s.current, s.class
FROM ROWS(name text) AS r
JOIN stream AS s ON s.workspace = $1 AND s.name = r.name
JOIN stream_version AS v ON v.workspace = s.workspace AND v.id = s.current AND v.number > 0
