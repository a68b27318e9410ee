DELETE FROM relay
WHERE NOT EXISTS (SELECT 1 FROM node AS n WHERE n.id = relay.node)
