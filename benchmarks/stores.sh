#!/usr/bin/env bash
# Measures a read by where it is answered from; see benchmarks/README.md. All arguments go to benchmarks/http/stores.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/stores.py" "$@"
