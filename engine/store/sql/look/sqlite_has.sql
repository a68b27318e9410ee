SELECT count(*)
FROM sqlite_schema
WHERE type = 'table' AND name = '_sqlx_migrations'
