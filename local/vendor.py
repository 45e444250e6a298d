"""`python -m local.vendor`: copies what the pages take from npm into web/static/vendor (not committed, no CDN)."""

from __future__ import annotations

import filecmp
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "web" / "static" / "vendor"
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}


def copy_vendor_files(source: Path = SOURCE, target: Path = TARGET) -> list[Path]:
    """The copies. One that is right already is left alone: somebody may be reading it.

    Raises FileNotFoundError with a plain sentence where npm has not fetched the originals.
    """
    missing = [name for name in FILES.values() if not (source / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{source} does not have {' and '.join(missing)}. Run `npm ci` first.")
    target.mkdir(parents=True, exist_ok=True)
    copies = {target / copy: source / name for copy, name in FILES.items()}
    for copy, original in copies.items():
        if not copy.is_file() or not filecmp.cmp(original, copy, shallow=False):
            shutil.copyfile(original, copy)
    return list(copies)


def main() -> int:
    """Copy, and say what was copied or what is missing."""
    try:
        copies = copy_vendor_files()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Copied {', '.join(copy.name for copy in copies)} to {TARGET.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
