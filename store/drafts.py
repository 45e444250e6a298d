"""Drafts in the container `archive`: `drafts/OWNER/NAME.gz`, the owner and the text by their digests.

When one was written stands in its metadata, by our clock like everything else.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from plans.drafts import DRAFT_LASTS, MOST_DRAFTS

FOLDER = "drafts/"
NAME = re.compile(r"[0-9a-f]{32}")
WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """One blob, and when it was written (aware, UTC)."""

    path: str
    written_at: datetime


class BlobDrafts:
    """`plans.drafts.Drafts` on Azure Blob Storage. `now` is aware, in UTC."""

    def __init__(self, container: ContainerClient, now: Callable[[], datetime]) -> None:
        self._container = container
        self._now = now

    async def keep(self, owner: str, text: str) -> str:
        name = digest(text)
        path = place(owner, name)
        stamp = {WRITTEN: self._now().isoformat()}
        await self._container.upload_blob(path, gzip.compress(text.encode(), mtime=0), overwrite=True, metadata=stamp)
        kept = [
            KeptDraft(each.name, datetime.fromisoformat(each.metadata[WRITTEN]))
            async for each in self._container.list_blobs(name_starts_with=FOLDER, include=["metadata"])
        ]
        for gone in choose_gone(kept, path, self._now()):
            await self._remove(gone)
        return name

    async def read(self, owner: str, name: str) -> str | None:
        if NAME.fullmatch(name) is None:
            return None
        try:
            downloader = await self._container.download_blob(place(owner, name))
            packed = await downloader.readall()
        except ResourceNotFoundError:
            return None
        written_at = datetime.fromisoformat(downloader.properties.metadata[WRITTEN])
        return gzip.decompress(packed).decode() if self._now() - written_at < DRAFT_LASTS else None

    async def _remove(self, path: str) -> None:
        try:
            await self._container.delete_blob(path)
        except ResourceNotFoundError:
            return


def choose_gone(kept: Sequence[KeptDraft], path: str, now: datetime) -> list[str]:
    """What is to be thrown away once `path` was written: what is over, whoever's it is, and of the same owner all but
    the newest. Pure."""
    over = [each.path for each in kept if now - each.written_at >= DRAFT_LASTS and each.path != path]
    folder = path.rpartition("/")[0] + "/"
    own = [each for each in kept if each.path.startswith(folder) and each.path not in over]
    newest = sorted(own, key=lambda each: (each.path == path, each.written_at, each.path), reverse=True)
    return [*over, *(each.path for each in newest[MOST_DRAFTS:])]


def place(owner: str, name: str) -> str:
    """Where a draft is: an owner's name may hold what no path may."""
    return f"{FOLDER}{digest(owner)}/{name}.gz"


def digest(text: str) -> str:
    """Thirty-two characters that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
