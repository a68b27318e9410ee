SELECT a.id, a.email, a.password, a.created_at, s.workspace, s.expires_at
FROM session AS s
JOIN account AS a ON a.workspace = s.workspace AND a.id = s.account
WHERE s.digest = $1 AND s.expires_at > $2
