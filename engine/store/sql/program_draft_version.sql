-- Version 0 holds a program that has no version yet; no token ever stands on it, so it may change.
UPDATE program_version
SET body = $3
WHERE workspace = $1 AND id = $2 AND number = 0
