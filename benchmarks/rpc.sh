#!/usr/bin/env bash
# Measures gRPC calls beside gRPC C++; see benchmarks/README.md. All arguments go to benchmarks/rpc/compare.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/rpc/compare.py" "$@"
