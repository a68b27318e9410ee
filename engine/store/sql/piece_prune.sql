DELETE FROM piece
WHERE workspace = $1 AND owner IN (SELECT r.owner FROM ROWS(owner uuid) AS r)
