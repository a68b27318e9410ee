-- How many wait for conditions on these contacts, as far as somebody wants to count, and whether a duty goes through them.
SELECT r.workspace, r.contact,
    (SELECT COUNT(*) FROM (
        SELECT a.token
        FROM awaiting AS a INDEXED BY awaiting_contact
        WHERE a.workspace = r.workspace AND a.contact = r.contact AND a.event = r.event
        LIMIT $1
    ) AS x),
    (SELECT k.again FROM waking AS k WHERE k.workspace = r.workspace AND k.contact = r.contact)
FROM ROWS(workspace uuid, contact uuid, event text) AS r
