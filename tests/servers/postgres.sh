#!/usr/bin/env bash
# Run a command against a throwaway PostgreSQL: postgres.sh COMMAND [ARGUMENT...]
# The cluster lives in a temporary folder, listens on a free loopback port with a random
# password, and is gone when the command ends. Its address is in INCIDENTBASE_DATABASE_URL.
set -euo pipefail

if [ $# -eq 0 ]; then
  echo "usage: postgres.sh COMMAND [ARGUMENT...]" >&2
  exit 2
fi

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -z "$bin" ]; then
  found=$(command -v initdb || true)
  [ -n "$found" ] && bin=$(dirname "$(readlink -f "$found")")
fi
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
  echo "PostgreSQL is not installed; on Debian and Ubuntu: apt-get install postgresql" >&2
  exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/incidentbase-postgres.XXXXXX")
server() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  # PostgreSQL refuses to run as root; Debian's package brings the user.
  chown postgres "$folder"
  server() { (cd "$folder" && setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups -- "$@"); }
fi

stop() {
  server "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && printf '%s' "$password" >"$folder/password")
[ "$(id -u)" -ne 0 ] || chown postgres "$folder/password"

server "$bin/initdb" -D "$folder/data" -U incidentbase --pwfile="$folder/password" \
  --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$folder/log" 2>&1 ||
  { cat "$folder/log" >&2; exit 1; }

started=
for _ in 1 2 3 4 5; do
  port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
  # Durability is given up on purpose: the cluster does not outlive the command.
  if server "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 30 \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60" \
    start >/dev/null 2>&1; then
    started=yes
    break
  fi
done
if [ -z "$started" ]; then
  cat "$folder/data/server.log" >&2
  exit 1
fi

PGPASSWORD=$password "$bin/psql" -q -h 127.0.0.1 -p "$port" -U incidentbase -d postgres \
  -c 'CREATE DATABASE incidentbase'
export INCIDENTBASE_DATABASE_URL="postgresql://incidentbase:$password@127.0.0.1:$port/incidentbase"
"$@"
