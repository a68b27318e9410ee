-- What lists, look-ups and locks of programs read: the program, its current version and its latest one.
SELECT p.id, p.name, p.state, p.created_at, p.updated_at,
    c.id, c.number, c.created_at, c.published_at,
    l.id, l.number, l.created_at, l.published_at, l.body
FROM program AS p
JOIN program_version AS l ON l.workspace = p.workspace AND l.id = p.latest
LEFT JOIN program_version AS c ON c.workspace = p.workspace AND c.id = p.current
