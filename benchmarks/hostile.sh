#!/usr/bin/env bash
# Measures what attackers cost a healthy client; see benchmarks/README.md. All arguments go to benchmarks/hostile/attacks.py.
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/hostile/attacks.py" "$@"
