#!/usr/bin/env bash
# Every test. Three processes take the test files from one list (tests/conftest.py), for one of them mostly waits. A file
# is played by one process, so that what it starts is started once (tests/scheduling.py).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec .venv/bin/python -m pytest --numprocesses=3 --no-loadscope-reorder
