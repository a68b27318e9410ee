DELETE FROM session
WHERE digest IN (SELECT digest FROM session WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
