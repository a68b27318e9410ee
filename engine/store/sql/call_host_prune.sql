DELETE FROM call_host
WHERE NOT EXISTS (SELECT 1 FROM node AS n WHERE n.id = call_host.node)
