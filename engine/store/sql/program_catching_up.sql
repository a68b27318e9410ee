SELECT workspace, id, catch_up
FROM program
WHERE catch_up IS NOT NULL AND holds IS NULL
ORDER BY workspace, id
