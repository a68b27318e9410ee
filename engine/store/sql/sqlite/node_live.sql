-- One process owns the file, so its clock is the only one.
SELECT id
FROM node
WHERE alive_until >= $1
ORDER BY id
