-- The machine's own clock: the caller's.
SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS integer)
