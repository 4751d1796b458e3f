#!/usr/bin/env bash
# A year of a busy desk: generated, opened, asked; beside a PostgreSQL and a DuckDB that live as long as this script.
#
#   tests/scripts/year.sh [conversations] [path of the frontdesk binary] [arguments for frontdesk bench year …]
#
# 100,000 conversations take about 4 GB of disk while it runs; everything is removed afterwards. YEAR_DIR says where (default: a temporary
# folder), YEAR_KEEP=1 keeps the data. Needs initdb and pg_ctl for PostgreSQL, and a Python with the module duckdb (YEAR_PYTHON, default
# python3) for DuckDB; where one is missing its column is skipped, and said so. Build with --release first.
set -euo pipefail
cd "$(dirname "$0")/../.."
conversations="${1:-100000}"
binary="${2:-target/release/frontdesk}"
shift $(($# < 2 ? $# : 2))
folder="${YEAR_DIR:-$(mktemp -d)}"
python="${YEAR_PYTHON:-python3}"
mkdir -p "$folder"

say() { printf '== %s\n' "$*" >&2; }

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

started=
finish() {
  [ -z "$started" ] || as_postgres pg_ctl -D "$started/data" -m immediate stop >/dev/null || true
  [ -z "$started" ] || rm -rf "$started"
  [ -n "${YEAR_KEEP:-}" ] || rm -rf "$folder"
}
trap finish EXIT

arguments=()
if command -v initdb >/dev/null && command -v pg_ctl >/dev/null && command -v psql >/dev/null; then
  started=$(mktemp -d)
  [ "$(id -u)" != 0 ] || chown postgres "$started"
  as_postgres initdb -D "$started/data" -A trust -E UTF8 --locale=C.UTF-8 -U year >/dev/null
  cat >>"$started/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$started'
shared_buffers = 1GB
effective_cache_size = 8GB
maintenance_work_mem = 512MB
max_wal_size = 4GB
CONF
  as_postgres pg_ctl -D "$started/data" -l "$started/log" -w start >/dev/null
  arguments+=(--postgres "postgresql:///postgres?host=$started&user=year")
else
  say "no PostgreSQL here: skipped"
fi
if "$python" -c 'import duckdb' 2>/dev/null; then
  arguments+=(--duckdb "$python")
else
  say "no Python with duckdb here: skipped"
fi

if [ ! -d "$folder/data/log" ]; then
  "$binary" generate --data-dir "$folder/data" --conversations "$conversations"
fi
du -sh "$folder/data" >&2
"$binary" bench year --data-dir "$folder/data" "${arguments[@]}" "$@"
