-- PostgreSQL only: SQLite has one process, which needs no word from others.
SELECT pg_notify('stafette', $1)
