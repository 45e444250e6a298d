"""Which tests stay together in one process when several play them."""

from __future__ import annotations

from xdist.scheduler.loadfile import LoadFileScheduling

# Its last test looks back on all requests of the folder.
TOGETHER = ("tests/unit/web/",)


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """A file is played by one process, and so are the folders that look back on all of their files."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))
