#!/usr/bin/env bash
# Every test, in two halves side by side: what mostly waits for processes and browsers, and what mostly computes.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=.venv/bin/python
log=.local/logs/tests-that-compute.log
mkdir -p "$(dirname "$log")"

"$python" -m pytest --ignore=tests/browser --ignore=tests/contract --ignore=tests/scenario >"$log" 2>&1 &
computing=$!
trap 'kill "$computing" 2>/dev/null' INT TERM
"$python" -m pytest tests/browser tests/contract tests/scenario
waited=$?
wait "$computing"
computed=$?
cat "$log"
echo "Tests that wait for processes ended with $waited, tests that compute with $computed."
[ "$waited" = 0 ] && [ "$computed" = 0 ]
