SELECT program, revision, base, saved_at, saved_by, body
FROM program_draft
WHERE workspace = $1 AND program = $2
