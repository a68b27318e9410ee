DELETE FROM node_count
WHERE workspace = $1
