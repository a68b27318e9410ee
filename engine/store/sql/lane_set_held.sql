-- Whoever holds a queue first says since when.
UPDATE QUEUE
SET held_at = CASE WHEN $2 = TRUE THEN COALESCE(held_at, $3) END
WHERE class = $1
