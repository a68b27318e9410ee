SELECT workspace, contact
FROM waking
LIMIT $1
