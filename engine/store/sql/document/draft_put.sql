INSERT INTO DOCUMENT_draft (workspace, DOCUMENT, body, revision, base, saved_at, saved_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace, DOCUMENT) DO UPDATE
SET body = excluded.body,
    revision = excluded.revision,
    base = excluded.base,
    saved_at = excluded.saved_at,
    saved_by = excluded.saved_by
