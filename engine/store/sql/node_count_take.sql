-- Slots of the past; who takes them adds what they had to the total and to the history.
DELETE FROM node_count
WHERE (workspace, program, node, what, slot) IN (
    SELECT workspace, program, node, what, slot
    FROM node_count
    WHERE workspace = $1 AND slot BETWEEN 1 AND $2
    LIMIT $3
)
RETURNING program, node, what, n, slot
