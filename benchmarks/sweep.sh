#!/usr/bin/env bash
# Measures how fast overdue reservations expire; see benchmarks/README.md. All arguments go to benchmarks/http/sweep.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/sweep.py" "$@"
