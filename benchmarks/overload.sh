#!/usr/bin/env bash
# Measures what happens under ten times the load that the shop can serve; see benchmarks/README.md. All arguments go to
# benchmarks/overload/overload.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/overload/overload.py" "$@"
