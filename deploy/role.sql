-- A role for EDIN that owns one database and can do nothing else. Run as a superuser:
--   psql -v password="$(cat /etc/edin/password)" -f role.sql
create role edin login password :'password' nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
create database edin owner edin;
revoke all on database edin from public;
revoke connect on database postgres from public;
