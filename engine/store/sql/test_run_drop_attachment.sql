DELETE FROM attachment
WHERE workspace = $1
