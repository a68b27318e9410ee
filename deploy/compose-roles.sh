#!/bin/sh
# For deploy/compose.yaml: makes the user that the roles have, who reads and writes rows, and no tables. What the owner
# makes later is open to it, too.
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" \
  --set=password="$(cat /run/secrets/roles_password)" <<'SQL'
CREATE ROLE stafette_roles LOGIN PASSWORD :'password';
GRANT USAGE ON SCHEMA public TO stafette_roles;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO stafette_roles;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO stafette_roles;
SQL
