-- Relays, then hosts that are called and rest. A limit, because programs say which hosts there are.
SELECT r.class, r.node, r.server, r.state, r.cause, r.since, r.next_at
FROM (
    SELECT class, node, server, state, cause, since, next_at
    FROM relay
    UNION ALL
    SELECT 'calls', node, host, CASE WHEN next_at > $2 THEN 'open' ELSE 'half_open' END, cause, since,
        CASE WHEN next_at > $2 THEN next_at END
    FROM call_host
) AS r
JOIN node AS n ON n.id = r.node AND n.alive_until >= $1
ORDER BY r.class DESC, r.since, r.node, r.server
LIMIT 500
