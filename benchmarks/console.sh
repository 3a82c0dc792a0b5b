#!/usr/bin/env bash
# Measures what the console costs the shop, or with `flood` what it does when more comes than it stores; see benchmarks/README.md. All
# other arguments go to the program in benchmarks/http.
set -euo pipefail
program=console
if [[ ${1:-} == flood ]]; then
    program=console_flood
    shift
fi
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/$program.py" "$@"
