DELETE FROM login_link
WHERE digest IN (SELECT digest FROM login_link WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
