-- PostgreSQL only: in SQLite nobody waits for a reader. The first look takes the snapshot.
SELECT COUNT(*) FROM workspace
