-- Locked: one at a time lets go of what a program held, and nothing is held meanwhile.
SELECT holds, catch_up
FROM program
WHERE workspace = $1 AND id = $2
FOR NO KEY UPDATE
