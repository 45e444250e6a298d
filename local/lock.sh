#!/usr/bin/env bash
# uv.lock is the truth; requirements.txt is exported from it, because the Functions remote build reads that file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv=$(command -v uv || echo .local/tools/bin/uv)
"$uv" lock --quiet
"$uv" export --locked --quiet --no-default-groups --no-emit-project --no-header --output-file requirements.txt
