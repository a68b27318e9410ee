-- Whether a program holds follows from its state, but for an archived one: what it held stays held.
UPDATE program
SET state = $3,
    holds = CASE WHEN $3 = 'paused' THEN 'held' WHEN $3 = 'stopped' THEN 'ejected' WHEN $3 = 'archived' THEN holds END,
    catch_up = CASE WHEN $3 NOT IN ('paused', 'stopped') THEN catch_up END,
    updated_at = $4
WHERE workspace = $1 AND id = $2
