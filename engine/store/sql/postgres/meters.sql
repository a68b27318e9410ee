-- PostgreSQL only: SQLite keeps no such books.
SELECT
    (pg_current_wal_insert_lsn() - '0/0')::bigint AS wal_bytes,
    (SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()) AS transactions,
    (SELECT COALESCE(SUM(n_dead_tup), 0)::bigint FROM pg_stat_user_tables) AS dead_rows
