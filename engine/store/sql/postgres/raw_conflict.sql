-- PostgreSQL only, for tests: a transaction that was refused for its order.
DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = 'serialization_failure'; END $$
