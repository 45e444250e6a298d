#!/usr/bin/env bash
# Every test. Three processes take the test files from one list (tests/conftest.py), for one of them mostly waits. A file
# is played by one process, so that what it starts is started once (tests/scheduling.py).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Near 200 % both cores of two were busy to the end; far below, some process was left alone with a long file.
TIMEFORMAT='%1R s, in which %P %% of a core were busy (a browser'"'"'s own processes not counted)'
time .venv/bin/python -m pytest --numprocesses=3 --no-loadscope-reorder
