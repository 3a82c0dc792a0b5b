#!/usr/bin/env bash
# What a unary gRPC call costs the server: h2load drives rpc_echo_server over one connection, at 64 and at 10 calls in flight;
# the CPU time of the server process divided by the calls it answered is the cost. Exit code 1 when a budget is missed or an
# answer was wrong.
#
#   benchmarks/rpc.sh [--repetitions 5] [--calls 200000]
set -euo pipefail
cd "$(dirname "$0")/.."

repetitions=5
calls=200000
while (($#)); do
    case "$1" in
        --repetitions) repetitions=$2; shift 2 ;;
        --calls) calls=$2; shift 2 ;;
        *) echo "unknown argument $1; known are --repetitions and --calls" >&2; exit 64 ;;
    esac
done

server=build/release/bin/rpc_echo_server
for need in h2load "$server"; do
    command -v "$need" >/dev/null || { echo "$need is missing: ./dev bench rpc installs and builds what is needed" >&2; exit 69; }
done

folder=$(mktemp -d)
# A gRPC frame: flag, length, and a message of 100 bytes (field 1 with 98 bytes).
{ printf '\0\0\0\0\144\n\142'; head -c 98 /dev/zero | tr '\0' x; } >"$folder/frame.bin"

mkfifo "$folder/out"
"$server" >"$folder/out" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
exec 3<"$folder/out"
read -r -u 3 port

# The server prints its CPU seconds so far when it is asked.
cpu_seconds() {
    local seconds
    kill -USR1 "$pid"
    read -r -u 3 seconds
    echo "$seconds"
}

# load IN_FLIGHT CALLS: the microseconds of CPU per call.
load() {
    local before after report
    before=$(cpu_seconds)
    report=$(h2load -n "$2" -c 1 -m "$1" -H 'content-type: application/grpc' -H 'te: trailers' -d "$folder/frame.bin" \
        "http://127.0.0.1:$port/bench.EchoService/Echo")
    after=$(cpu_seconds)
    # Succeeded, and answered with the message: errors have no data.
    local data=$(($2 * 105))
    if ! grep -q " $2 succeeded, 0 failed, 0 errored" <<<"$report" || ! grep -q "($data) data" <<<"$report"; then
        echo "not every call was answered:" >&2
        echo "$report" >&2
        return 1
    fi
    awk -v a="$before" -v b="$after" -v n="$2" 'BEGIN { printf "%.3f\n", (b - a) * 1e6 / n }'
}

load 64 20000 >/dev/null
for ((i = 0; i < repetitions; ++i)); do
    load 64 "$calls" >>"$folder/64"
    load 10 "$calls" >>"$folder/10"
done

# summary IN_FLIGHT BUDGET: a line for people; its JSON on descriptor 4. Fails over budget.
summary() {
    sort -n "$folder/$1" | awk -v flight="$1" -v budget="$2" '
        { value[NR] = $1 }
        END {
            median = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
            printf "%2d in flight: %.2f us of server CPU a call (least %.2f, most %.2f; budget %s)%s\n", flight, median, value[1],
                   value[NR], budget, (median > budget ? "  OVER BUDGET" : "")
            printf "  \"in_flight_%d\": {\"cpu_us_median\": %.3f, \"cpu_us_least\": %.3f, \"cpu_us_most\": %.3f, \"budget_us\": %s}", flight,
                   median, value[1], value[NR], budget >"/dev/fd/4"
            exit (median > budget)
        }' 4>"$folder/$1.json"
}

status=0
summary 64 4 || status=1
summary 10 9 || status=1
mkdir -p build/bench
{
    printf '{\n  "benchmark": "rpc",\n  "calls": %s,\n  "repetitions": %s,\n' "$calls" "$repetitions"
    cat "$folder/64.json"
    printf ',\n'
    cat "$folder/10.json"
    printf '\n}\n'
} >build/bench/rpc.json
exit "$status"
