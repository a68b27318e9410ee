-- How the calls stand that these tokens wait for: of each all that its node asked for.
SELECT c.token, c.seq, c.n, c.state, c.status, c.reason, COALESCE(c.resumed_at, c.queued_at)
FROM ROWS(workspace uuid, token uuid, seq bigint, node text) AS r
JOIN call AS c ON c.workspace = r.workspace AND c.token = r.token AND c.seq <= r.seq AND c.node = r.node
