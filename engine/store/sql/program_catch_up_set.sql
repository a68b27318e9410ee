UPDATE program
SET catch_up = $3
WHERE workspace = $1 AND id = $2
