-- Puts a program away, or takes it out. What it held stays held; one that comes out holds, if it was ever published.
UPDATE program
SET state = CASE WHEN $3 THEN 'archived' WHEN current IS NULL THEN 'draft' ELSE 'paused' END,
    holds = CASE WHEN $3 THEN holds WHEN current IS NULL THEN NULL ELSE 'held' END,
    catch_up = CASE WHEN $3 OR current IS NULL THEN catch_up END,
    updated_at = $4
WHERE workspace = $1 AND id = $2
