UPDATE event_contract SET body = '{' WHERE type = 'torn'
