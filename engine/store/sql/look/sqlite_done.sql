SELECT CAST(version AS TEXT) AS name, CASE WHEN success THEN lower(hex(checksum)) ELSE 'failed' END AS value
FROM _sqlx_migrations
ORDER BY version
