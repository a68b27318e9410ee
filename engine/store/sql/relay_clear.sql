DELETE FROM relay
WHERE node = $1 AND class = $2
