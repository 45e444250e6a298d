#!/usr/bin/env bash
# Every test. As many processes as there are cores take the test files from one list, those that take longest first
# (tests/conftest.py); a file is played by one of them, so that what it starts is started once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec .venv/bin/python -m pytest --numprocesses=2 --dist=loadfile --no-loadscope-reorder
