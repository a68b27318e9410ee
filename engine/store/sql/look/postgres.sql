-- Names and values, both text, in one statement without arguments: a pooler may stand in between.
SELECT name, setting AS value
FROM pg_settings
WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'max_connections', 'data_checksums')
UNION ALL
SELECT 'now', CAST(CAST(extract(EPOCH FROM clock_timestamp()) * 1000 AS bigint) AS text)
UNION ALL
SELECT 'used_connections', CAST(count(*) AS text) FROM pg_stat_activity WHERE backend_type = 'client backend'
UNION ALL
SELECT 'in_recovery', CAST(pg_is_in_recovery() AS text)
UNION ALL
SELECT 'may_create', CAST(COALESCE(has_schema_privilege(current_schema(), 'CREATE'), FALSE) AS text)
UNION ALL
SELECT 'may_write', CAST(bool_and(has_table_privilege(to_regclass('message'), privilege)) AS text)
FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
UNION ALL
SELECT 'tables', CAST(count(*) AS text)
FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = to_regnamespace(current_schema())
UNION ALL
SELECT 'has_migrations', CAST(to_regclass('_sqlx_migrations') IS NOT NULL AS text)
