-- Old hours; who takes them adds them to longer spans. The length is part of the text, because only so does its
-- index apply.
DELETE FROM node_count_past
WHERE (workspace, program, minute, node, what) IN (
    SELECT workspace, program, minute, node, what
    FROM node_count_past
    WHERE workspace = $1 AND minute < $2 AND minute % 1440 <> 0
    LIMIT $3
)
RETURNING program, node, what, n, minute
