UPDATE program_version
SET published_at = COALESCE(published_at, $3)
WHERE workspace = $1 AND id = $2
