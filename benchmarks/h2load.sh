#!/usr/bin/env bash
# Whether a gRPC port stands a crowd: h2load makes 1,000,000 unary calls over 100 connections with 100 streams each, in the clear and,
# a tenth of them, over TLS. Exit code 1 when one call failed or was answered with anything but its message; the rates are for
# information.
#
#   benchmarks/h2load.sh [--calls 1000000] [--connections 100] [--streams 100]
set -euo pipefail
cd "$(dirname "$0")/.."

calls=1000000
connections=100
streams=100
while (($#)); do
    case "$1" in
        --calls) calls=$2; shift 2 ;;
        --connections) connections=$2; shift 2 ;;
        --streams) streams=$2; shift 2 ;;
        *) echo "unknown argument $1; known are --calls, --connections and --streams" >&2; exit 64 ;;
    esac
done

server=build/release/bin/tw-interop-server
for need in h2load "$server"; do
    command -v "$need" >/dev/null || { echo "$need is missing: ./dev bench h2load installs and builds what is needed" >&2; exit 69; }
done

folder=$(mktemp -d)
pid=
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
# A gRPC frame of no bytes: an Empty. Its answer is five bytes of DATA.
printf '\0\0\0\0\0' >"$folder/frame.bin"

# load NAME SCHEME CALLS [SERVER'S FLAGS...]
load() {
    local name=$1 scheme=$2 count=$3 address report
    shift 3
    "$server" --port=0 "$@" >"$folder/out" &
    pid=$!
    until address=$(sed -nE 's/^tw-interop-server: serves at ([^ ,]+).*/\1/p' "$folder/out") && [[ $address ]]; do
        kill -0 "$pid"
        sleep 0.05
    done
    report=$(h2load -n "$count" -c "$connections" -m "$streams" -H 'content-type: application/grpc' -H 'te: trailers' \
        -d "$folder/frame.bin" "$scheme://$address/grpc.testing.TestService/EmptyCall")
    kill "$pid"
    wait "$pid"
    # Answered, and with the message: a call that fails has no data.
    if ! grep -q " $count succeeded, 0 failed, 0 errored" <<<"$report" || ! grep -q "($((count * 5))) data" <<<"$report"; then
        echo "not every call was answered:" >&2
        echo "$report" >&2
        return 1
    fi
    sed -nE "s/^finished in ([^,]+), ([^,]+),.*/$name: $count calls over $connections connections, $streams at a time on each, no error: \1, \2/p" <<<"$report"
}

load 'in the clear' http "$calls"
load 'over TLS' https "$((calls / 10))" --use_tls
