-- Names and values, both text, as on PostgreSQL.
SELECT 'server_version' AS name, sqlite_version() AS value
UNION ALL
SELECT 'tables', CAST(count(*) AS TEXT) FROM sqlite_schema WHERE type = 'table'
UNION ALL
SELECT 'has_migrations', CASE WHEN count(*) > 0 THEN 'true' ELSE 'false' END
FROM sqlite_schema
WHERE type = 'table' AND name = '_sqlx_migrations'
