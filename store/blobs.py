"""Packed texts as blobs: gzip, the same bytes for the same text."""

from __future__ import annotations

import gzip
import zlib

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from plans.errors import Bug

# A snapshot takes a third of the time that the highest level takes, and 3 % more room.
LEVEL = 6


async def put_blob(container: ContainerClient, name: str, text: bytes, *, overwrite: bool = True) -> bool:
    """Keep the text under this name; False where the name is taken and may not be overwritten."""
    try:
        await container.upload_blob(name, gzip.compress(text, compresslevel=LEVEL, mtime=0), overwrite=overwrite)
    except ResourceExistsError:
        return False
    return True


async def read_packed(container: ContainerClient, name: str) -> bytes | None:
    """What a blob holds, still packed; None where there is none."""
    try:
        downloader = await container.download_blob(name)
        return await downloader.readall()
    except ResourceNotFoundError:
        return None


def unpack(name: str, packed: bytes) -> bytes:
    """What a blob holds. Raises Bug where it is damaged: nothing may be decided by half of it."""
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as error:
        raise Bug(f"The blob {name} is damaged and cannot be unpacked.") from error
