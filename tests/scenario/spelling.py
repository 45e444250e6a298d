"""Looking for secrets in everything that a running Seatledger leaves behind, in every spelling they might have."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

from azure.storage.queue.aio import QueueServiceClient

from store.storage import Storage

# An ID token, or any other token that is signed and not opaque.
JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")
# What the stand-in of Microsoft seals is a signature of 32 bytes and then JSON, in base64.
SEALED = re.compile(rb"[A-Za-z0-9_-]{120,}")
SIGNATURE_LENGTH = 32
SHORTEST_PIECE = 12


@dataclass(frozen=True)
class Leak:
    """A secret that stands where it must not, by their names, and how it is spelt."""

    place: str
    secret: str
    spelling: str


def spell(secret: str) -> Iterator[tuple[str, bytes]]:
    """Every way in which a text may be written down."""
    raw = secret.encode()
    yield "plain", raw
    yield "URL", quote(secret, safe="").encode()
    yield "URL with slashes", quote(secret).encode()
    yield "form", quote_plus(secret).encode()
    yield "JSON", json.dumps(secret)[1:-1].encode()
    yield "JSON in JSON", json.dumps(json.dumps(secret)[1:-1])[1:-1].encode()
    yield "HTML", escape(secret).encode()
    yield "repr", repr(secret)[1:-1].encode()
    yield "UTF-16", secret.encode("utf-16-le")
    yield "hexadecimal", raw.hex().encode()
    yield "backwards", raw[::-1]
    for encode, name in ((base64.b64encode, "base64"), (base64.urlsafe_b64encode, "base64 of URLs")):
        for shift in range(3):
            # What comes before it moves the letters: the first and last of them belong to the neighbours, too.
            yield f"{name}, moved by {shift}", encode(b"x" * shift + raw)[4 if shift else 0 : -4]


def find_leaks(place: str, content: bytes, secrets: Mapping[str, str]) -> Iterator[Leak]:
    """The secrets in one piece of content, and tokens by their shape."""
    for name, secret in secrets.items():
        for spelling, written in spell(secret):
            if len(written) >= SHORTEST_PIECE and written in content:
                yield Leak(place, name, spelling)
    for _ in JWT.findall(content):
        yield Leak(place, "a signed token", "plain")
    for word in SEALED.findall(content):
        if (kind := read_sealed_kind(word)) is not None:
            yield Leak(place, f"a token of the kind {kind}", "plain")


def read_sealed_kind(word: bytes) -> str | None:
    """Which kind of token this is; None where it is none."""
    try:
        payload = base64.b64decode(word + b"=" * (-len(word) % 4), altchars=b"-_")[SIGNATURE_LENGTH:]
        found = json.loads(payload)
    except ValueError:
        return None
    return str(found["kind"]) if isinstance(found, dict) and "kind" in found else None


async def read_storage(storage: Storage, connection_string: str) -> dict[str, bytes]:
    """Every row, every blob (unpacked as well), every message that waits, by where it stands."""
    found: dict[str, bytes] = {}
    async for table in storage.tables.list_tables():
        async for row in storage.table(table.name).list_entities():
            key = f"table {table.name}, {row['PartitionKey']}, {row['RowKey']}"
            found[key] = json.dumps(dict(row), default=str, ensure_ascii=False).encode()
    async for container in storage.blobs.list_containers():
        client = storage.blobs.get_container_client(container.name)
        async for blob in client.list_blobs():
            content = await (await client.download_blob(blob.name)).readall()
            found[f"blob {container.name}/{blob.name}"] = content + unpack(content)
    async with QueueServiceClient.from_connection_string(connection_string) as queues:
        async for queue in queues.list_queues():
            messages = await queues.get_queue_client(queue.name).peek_messages(max_messages=32)
            found[f"queue {queue.name}"] = "\n".join(str(each.content) for each in messages).encode()
    return found


def unpack(content: bytes) -> bytes:
    """What is inside, where it is packed."""
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError):
        return b""


def read_files(folder: Path, without: frozenset[str]) -> dict[str, bytes]:
    """Every file below, but for some folders: logs, and what the emulator and the host keep on the disk."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    chosen = (path for path in files if path.relative_to(folder).parts[0] not in without)
    return {f"file {path.relative_to(folder)}": path.read_bytes() for path in chosen}
