-- Gives a program its new version. A draft becomes live; a program that is live, paused, stopped or finishing stays so.
-- An archived program is refused before this statement (`publishable` in documents/archive.rs). If one came here, it would stay
-- archived.
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
