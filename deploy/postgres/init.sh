#!/bin/sh
# A database and a role per service; a role can connect to its own database only.
# PostgreSQL's image runs it once, on an empty data directory. Run it by hand to add a service: it changes nothing that is there.
set -eu

create() {
    psql -v ON_ERROR_STOP=1 --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres \
        -v role="guildhall_$1" -v password="$2" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L CONNECTION LIMIT 100', :'role', :'password') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'role') \gexec
SQL
}

create gateway "$GATEWAY_DATABASE_PASSWORD"
create membership "$MEMBERSHIP_DATABASE_PASSWORD"
create engagement "$ENGAGEMENT_DATABASE_PASSWORD"
create events "$EVENTS_DATABASE_PASSWORD"
create knowledge "$KNOWLEDGE_DATABASE_PASSWORD"
create metrics "$METRICS_DATABASE_PASSWORD"
