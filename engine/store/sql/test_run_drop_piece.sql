DELETE FROM piece
WHERE workspace = $1
