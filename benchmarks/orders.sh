#!/usr/bin/env bash
# Measures orders on PostgreSQL over loops and replicas; see benchmarks/README.md. All arguments go to benchmarks/http/orders.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/orders.py" "$@"
