DELETE FROM event_contract
WHERE workspace = $1 AND type = $2 AND version <= $3
