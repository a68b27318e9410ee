INSERT INTO publication_batch (workspace, publication, batch, choice, version, node, target)
VALUES ($1, $2, $3, $4, $5, $6, $7)
