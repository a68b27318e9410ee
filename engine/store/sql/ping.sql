-- One row of a table of ours, whichever.
SELECT id
FROM workspace
LIMIT 1
