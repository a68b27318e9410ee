SELECT CAST(version AS text) AS name, CASE WHEN success THEN encode(checksum, 'hex') ELSE 'failed' END AS value
FROM _sqlx_migrations
ORDER BY version
