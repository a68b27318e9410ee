-- A pair, because each database keeps its settings in its own way.
SELECT name, setting AS value
FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'server_version', 'synchronous_commit', 'wal_level')
ORDER BY name
