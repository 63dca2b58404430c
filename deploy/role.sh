#!/bin/sh
# Runs inside PostgreSQL's container when its folder is made.
psql --username postgres --set password="$(cat /run/secrets/password)" --file /etc/edin/role.sql
