-- The last version of each, but those that say that there is none.
SELECT c.type, c.version, c.body, c.author, c.made_at
FROM event_contract AS c
WHERE c.workspace = $1 AND c.body IS NOT NULL
  AND c.version = (SELECT MAX(m.version) FROM event_contract AS m WHERE m.workspace = $1 AND m.type = c.type)
ORDER BY c.type
LIMIT $2
