DELETE FROM call_host
WHERE node = $1 AND host = $2
