#!/usr/bin/env bash
# Measures what connections that say nothing cost; see benchmarks/README.md. All arguments go to benchmarks/hostile/idle.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/hostile/idle.py" "$@"
