DELETE FROM secret WHERE name = 'links' RETURNING bytes
