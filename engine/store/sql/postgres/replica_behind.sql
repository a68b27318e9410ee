-- PostgreSQL only: how many milliseconds a replica is behind at most. Nodes write every few seconds, so its last replayed
-- commit is young while it keeps up.
SELECT CASE
    WHEN pg_is_in_recovery()
    THEN (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::BIGINT
    ELSE 0
END
