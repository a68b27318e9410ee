-- Old spans of one length; who takes them adds them to longer ones. Few, because each run leaves none.
DELETE FROM node_count_past
WHERE workspace = $1 AND span = $2 AND minute < $3
RETURNING program, node, what, n, minute
