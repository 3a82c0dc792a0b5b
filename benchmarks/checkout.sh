#!/usr/bin/env bash
# Measures whole checkouts; see benchmarks/README.md. All arguments go to benchmarks/http/checkout.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/checkout.py" "$@"
