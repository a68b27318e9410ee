-- What is set aside in a program, and how much of it is due by then.
SELECT state, COUNT(*) AS count, COALESCE(SUM(CASE WHEN due_at <= $3 THEN 1 ELSE 0 END), 0) AS due
FROM token
WHERE workspace = $1 AND program = $2 AND state IN ('held', 'ejected')
GROUP BY state
UNION ALL
SELECT 'message', COUNT(*), COALESCE(SUM(CASE WHEN due_at <= $3 THEN 1 ELSE 0 END), 0)
FROM message
WHERE workspace = $1 AND program = $2 AND state = 'held'
UNION ALL
SELECT 'call', COUNT(*), COALESCE(SUM(CASE WHEN due_at <= $3 THEN 1 ELSE 0 END), 0)
FROM call
WHERE workspace = $1 AND program = $2 AND state = 'held'
