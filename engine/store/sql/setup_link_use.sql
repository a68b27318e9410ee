-- With one link they all go, since each node printed its own. Who comes second waits for the first and finds none.
DELETE FROM setup_link
WHERE workspace = $1
  AND EXISTS (
    SELECT 1 FROM setup_link AS good WHERE good.workspace = $1 AND good.digest = $2 AND good.expires_at > $3
  )
