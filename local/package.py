"""`make package`: what is deployed, and nothing else: dist/app as a folder, dist/seatledger.zip for the remote build.

Azure's remote build installs requirements.txt beside the app; `--install` does the same here, so that the folder
runs as it would there.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FILES = ("function_app.py", "host.json", "requirements.txt", "LICENSE")
PACKAGES = ("profiles", "plans", "net", "microsoft", "psa", "store", "sync", "notify", "web", "app")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")
INSTALLED = Path(".python_packages/lib/site-packages")
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def build_folder(target: Path, source: Path = REPOSITORY) -> Path:
    """The app as it is deployed, in a fresh folder. Raises FileNotFoundError where the vendor files are missing."""
    if not (source / "web/static/vendor").is_dir():
        raise FileNotFoundError("web/static/vendor is missing; `make setup` copies it from node_modules.")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in FILES:
        shutil.copy2(source / name, target / name)
    for name in PACKAGES:
        shutil.copytree(source / name, target / name, ignore=LEFT_OUT)
    return target


def build_zip(folder: Path, archive: Path) -> Path:
    """The folder as an archive that is the same for the same content, without what a remote build adds."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.is_file() and not name.is_relative_to(INSTALLED.parts[0]):
                opened.writestr(zipfile.ZipInfo(name.as_posix(), FIRST_DAY_OF_ZIP), path.read_bytes())
    return archive


def install_requirements(folder: Path) -> None:
    """What the remote build does: requirements.txt, hashes checked, beside the app."""
    uv = shutil.which("uv") or str(REPOSITORY / ".local/tools/bin/uv")
    command = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", sys.executable]
    command += ["--target", str(folder / INSTALLED), "--requirement", str(folder / "requirements.txt")]
    subprocess.run(command, check=True)  # noqa: S603 - our own tool, no shell


def main() -> int:
    """Build both, and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true", help="install requirements.txt beside the app")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "dist/app")
    arguments = parser.parse_args()
    folder = build_folder(arguments.folder)
    archive = build_zip(folder, folder.parent / "seatledger.zip")
    if arguments.install:
        install_requirements(folder)
    print(f"{archive} ({archive.stat().st_size / 1024:.0f} KiB) and {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
