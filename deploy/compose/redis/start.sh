#!/bin/sh
# start.sh [OPTION...]: runs Redis with redis.conf beside it, the options laid over. The password comes from REDIS_PASSWORD and goes to
# the server by its standard input, since every user of a machine may read the command lines of its processes.
set -eu

: "${REDIS_PASSWORD:?is not set: the password that Redis asks for}"

exec redis-server "$(dirname "$0")/redis.conf" "$@" - <<CONF
requirepass "$REDIS_PASSWORD"
CONF
