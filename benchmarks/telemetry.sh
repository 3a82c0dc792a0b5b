#!/usr/bin/env bash
# Measures what telemetry costs; see benchmarks/README.md. All arguments go to benchmarks/telemetry/overhead.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/telemetry/overhead.py" "$@"
