-- A new version changes what is run, not whether: only a program that is none of these becomes live. An
-- archived one is refused before (publishable); here it would stay what it is.
UPDATE program
SET current = $3,
    state = CASE
        WHEN state = 'archived' THEN state
        WHEN holds = 'held' THEN 'paused'
        WHEN holds = 'ejected' THEN 'stopped'
        WHEN state = 'finishing' THEN state
        ELSE 'live'
    END,
    updated_at = $4
WHERE workspace = $1 AND id = $2
