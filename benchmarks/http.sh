#!/usr/bin/env bash
# Measures `tradewind up` over HTTP; see benchmarks/README.md. All arguments go to benchmarks/http/measure.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/measure.py" "$@"
