SELECT COALESCE(email, external_id)
FROM contact
WHERE workspace = $1 AND id = $2
