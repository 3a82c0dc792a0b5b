#!/usr/bin/env bash
# Measures what the policies cost a read; see benchmarks/README.md. All arguments go to benchmarks/http/policies.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/policies.py" "$@"
