#!/usr/bin/env bash
# Makes one database and one role for each service in an empty cluster. PostgreSQL's image runs it at its first start
# (/docker-entrypoint-initdb.d), and so does ./dev up --production-like. A role owns its database and may connect to no other.
# Takes the passwords from the files that <SERVICE>_DB_PASSWORD_FILE name, and the server from libpq's variables (PGHOST, PGPORT, PGUSER,
# PGPASSWORD).
set -euo pipefail

export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}} PGDATABASE=${PGDATABASE:-${POSTGRES_DB:-postgres}}

# Reads its statements from standard input; an error ends it.
run_sql() { psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"; }

services=(user order payment catalog)

# All passwords first, so that one which is missing leaves nothing half made.
declare -A passwords
for service in "${services[@]}"; do
    variable=${service^^}_DB_PASSWORD_FILE
    if [[ ! -s ${!variable:-} ]]; then
        echo "init.sh: $variable names no file with something in it: the password of the role ${service}_service" >&2
        exit 1
    fi
    passwords[$service]=$(<"${!variable}")
done

for service in "${services[@]}"; do
    # psql takes the password from its environment, so that no list of processes shows it.
    PASSWORD=${passwords[$service]} run_sql --set=name="${service}_service" <<'SQL'
\getenv password PASSWORD
CREATE ROLE :"name" LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done

# What is nobody's is not for everybody.
run_sql <<'SQL'
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
SQL
