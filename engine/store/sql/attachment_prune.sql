DELETE FROM attachment
WHERE workspace = $1 AND event IN (SELECT r.event FROM ROWS(event uuid) AS r)
