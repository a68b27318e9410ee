SELECT batch, choice, version, node, target,
    (SELECT COUNT(*)
     FROM publication_token AS p
     WHERE p.workspace = b.workspace AND p.publication = b.publication AND p.batch = b.batch)
FROM publication_batch AS b
WHERE workspace = $1 AND publication = $2
ORDER BY batch
