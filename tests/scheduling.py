"""Which tests stay together in one process when several play them."""

from __future__ import annotations

from xdist.scheduler.loadfile import LoadFileScheduling

# Its last test looks back on all requests of the folder.
TOGETHER = ("tests/unit/web/",)


def name_unit(nodeid: str) -> str:
    """What a test is played together with: its file, or its folder where that looks back on all of its files."""
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """A file is played by one process, and so is a folder that looks back on all of its files."""

    def _split_scope(self, nodeid: str) -> str:
        return name_unit(nodeid)
