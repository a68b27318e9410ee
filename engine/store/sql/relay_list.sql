SELECT r.class, r.node, r.server, r.state, r.cause, r.since, r.next_at
FROM relay AS r
JOIN node AS n ON n.id = r.node AND n.alive_until >= $1
ORDER BY r.class DESC, r.since, r.node
