-- A pair, because each database keeps its settings in its own way.
SELECT 'journal_mode' AS name, CAST(journal_mode AS TEXT) AS value FROM pragma_journal_mode
UNION ALL
SELECT 'synchronous', CASE synchronous WHEN 0 THEN 'off' WHEN 1 THEN 'normal' WHEN 2 THEN 'full' ELSE 'extra' END
FROM pragma_synchronous
ORDER BY 1
