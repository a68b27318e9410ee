-- How many wait for each of these, as far as somebody wants to count, and whether a duty has something to tell them. ($2 is what
-- those wait for who wait for conditions.)
SELECT r.workspace, r.contact, r.event,
    (SELECT COUNT(*) FROM (
        SELECT a.token
        FROM awaiting AS a INDEXED BY awaiting_contact
        WHERE a.workspace = r.workspace AND a.contact = r.contact AND a.event = r.event
        LIMIT $1
    ) AS x),
    (SELECT COUNT(*) FROM waking AS k WHERE k.workspace = r.workspace AND k.contact = r.contact AND r.event = $2) + (
        SELECT COUNT(*) FROM (
            SELECT c.number
            FROM crowd_event AS c
            WHERE c.workspace = r.workspace AND c.contact = r.contact AND c.event = r.event
            LIMIT 1
        ) AS y) AS noted
FROM ROWS(workspace uuid, contact uuid, event text) AS r
