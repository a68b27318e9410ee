SELECT id
FROM node
WHERE alive_until >= $1
ORDER BY id
