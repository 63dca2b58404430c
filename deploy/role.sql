-- A role for EDIN that owns one database and can do nothing else. Run as a superuser, once:
--   psql -v password="$(cat /etc/edin/password)" -f role.sql
-- -v role=NAME -v database=NAME for other names than edin.
\set ON_ERROR_STOP on
\if :{?role} \else \set role edin \endif
\if :{?database} \else \set database edin \endif
create role :"role" login password :'password' nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
create database :"database" owner :"role";
revoke all on database :"database" from public;
revoke connect on database postgres, template1 from public;
