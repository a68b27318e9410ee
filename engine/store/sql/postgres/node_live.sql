-- By the server's clock unless a time is given, as nodes say that they live.
SELECT id
FROM node
WHERE alive_until >= COALESCE($1, CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint))
ORDER BY id
