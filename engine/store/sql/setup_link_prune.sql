DELETE FROM setup_link
WHERE digest IN (SELECT digest FROM setup_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
