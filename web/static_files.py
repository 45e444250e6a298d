"""Style sheets, scripts and icons: known by content hash, kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

LOGGER = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
VENDOR_FILES = ("vendor/tabler.min.css", "vendor/htmx.min.js")
ONE_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class StaticFile:
    """One file, read once."""

    content: bytes
    media_type: str

    @cached_property
    def digest(self) -> str:
        """What the file's address carries: it changes with the content."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    @cached_property
    def compressed(self) -> bytes:
        """The content as browsers like it best."""
        return gzip.compress(self.content, mtime=0)


class StaticFiles:
    """Every file below the folder, by name. A name that is not in the index does not exist."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): StaticFile(path.read_bytes(), MEDIA_TYPES[path.suffix])
            for path in sorted(folder.rglob("*"))
            if path.suffix in MEDIA_TYPES
        }
        missing = [name for name in VENDOR_FILES if name not in self._files]
        if missing:
            LOGGER.error("Pages will look bare: %s missing. Run `python -m local.vendor`.", " and ".join(missing))

    def address(self, name: str) -> str:
        """Where a page finds the file."""
        file = self._files.get(name)
        return f"/static/{'missing' if file is None else file.digest}/{name}"

    async def serve(self, request: Request) -> Response:
        """The file; for good where the address carries its hash, else until it is asked for again."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        is_current = request.path_params["digest"] == file.digest
        headers = {"Cache-Control": ONE_YEAR if is_current else ASK_AGAIN, "Vary": "Accept-Encoding"}
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(file.content, media_type=file.media_type, headers=headers)
        return Response(file.compressed, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"})
