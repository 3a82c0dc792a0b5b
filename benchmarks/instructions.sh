#!/usr/bin/env bash
# Counts the instructions and allocations of one GET user through `tradewind up`; see benchmarks/README.md.
# usage: ./dev bench instructions --help
set -euo pipefail
exec python3 "$(dirname -- "${BASH_SOURCE[0]}")/http/instructions.py" "$@"
