SELECT bytes
FROM secret
WHERE name = $1
