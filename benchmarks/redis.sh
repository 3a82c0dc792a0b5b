#!/usr/bin/env bash
# What a Redis GET costs the client, and what the caches and limiters within the process cost: redis_load keeps 64, then 10 GETs
# of 200 bytes in flight to a private server over one connection and divides its own CPU time by them; cache_bench times a hit
# and a decision. Exit code 1 when the budget is missed or an answer was wrong.
#
#   benchmarks/redis.sh [--repetitions 5] [--commands 200000]
set -euo pipefail
cd "$(dirname "$0")/.."

repetitions=5
commands=200000
while (($#)); do
    case "$1" in
        --repetitions) repetitions=$2; shift 2 ;;
        --commands) commands=$2; shift 2 ;;
        *) echo "unknown argument $1; known are --repetitions and --commands" >&2; exit 64 ;;
    esac
done

server=${TW_REDIS_BIN:-$(command -v redis-server || command -v valkey-server || echo redis-server)}
for need in "$server" build/release/bin/redis_load build/release/bin/cache_bench; do
    command -v "$need" >/dev/null || { echo "$need is missing: ./dev bench redis installs and builds what is needed" >&2; exit 69; }
done

folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$server" --port "$port" --bind 127.0.0.1 --dir "$folder" --save '' --appendonly no >"$folder/log" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
for ((i = 0; i < 100; ++i)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.05
done

load() { build/release/bin/redis_load "$port" "$1" "$2"; }

load 64 20000 >/dev/null
for ((i = 0; i < repetitions; ++i)); do
    load 64 "$commands" >>"$folder/64"
    load 10 "$commands" >>"$folder/10"
done

# summary IN_FLIGHT BUDGET: a line for people; its JSON on descriptor 4. Fails over budget; a budget of 0 is none.
summary() {
    sort -n "$folder/$1" | awk -v flight="$1" -v budget="$2" '
        { value[NR] = $1 }
        END {
            median = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
            over = budget > 0 && median > budget
            printf "%2d in flight: %.2f us of client CPU a GET (least %.2f, most %.2f%s)%s\n", flight, median, value[1],
                   value[NR], (budget > 0 ? "; budget " budget : ""), (over ? "  OVER BUDGET" : "")
            printf "  \"in_flight_%d\": {\"cpu_us_median\": %.3f, \"cpu_us_least\": %.3f, \"cpu_us_most\": %.3f}", flight,
                   median, value[1], value[NR] >"/dev/fd/4"
            exit over
        }' 4>"$folder/$1.json"
}

status=0
summary 64 3 || status=1
summary 10 0 || status=1
build/release/bin/cache_bench --benchmark_repetitions="$repetitions" --benchmark_report_aggregates_only=true \
    --benchmark_out="$folder/cache.json" --benchmark_out_format=json
mkdir -p build/bench
{
    printf '{\n  "benchmark": "redis",\n  "commands": %s,\n  "repetitions": %s,\n' "$commands" "$repetitions"
    cat "$folder/64.json"
    printf ',\n'
    cat "$folder/10.json"
    printf ',\n  "cache":\n'
    cat "$folder/cache.json"
    printf '}\n'
} >build/bench/redis.json
exit "$status"
