DELETE FROM node
WHERE alive_until < $1
