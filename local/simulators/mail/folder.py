"""Mails that were taken, by whichever stand-in: one file each, so that a page shows all of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

FOLDER = "mails"


@dataclass(frozen=True)
class TakenMail:
    """One mail with its envelope. `number` counts from 1, the oldest first; `via` is smtp or graph."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    via: str
    taken_at: datetime
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "").strip()

    def body(self, kind: str) -> str:
        """The part of that kind, plain or html; empty where there is none."""
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content())

    def describe(self) -> dict[str, object]:
        """Everything, for tests. A header that is folded before its first word begins with the space of the fold."""
        return {
            "number": self.number,
            "sender": self.sender,
            "recipients": list(self.recipients),
            "via": self.via,
            "takenAt": self.taken_at.isoformat(),
            "headers": {name: str(value).strip() for name, value in self.message.items()},
            "text": self.body("plain"),
            "html": self.body("html"),
        }


class MailFolder:
    """The folder of one world, beside the states of its simulators."""

    def __init__(self, state_directory: Path) -> None:
        self._directory = state_directory / FOLDER
        self._directory.mkdir(parents=True, exist_ok=True)

    def add(self, sender: str, recipients: Sequence[str], via: str, taken_at: datetime, content: bytes) -> None:
        """Keep a mail; two processes never write the same file, for each names its own way in."""
        taken = {
            "sender": sender,
            "recipients": list(recipients),
            "via": via,
            "takenAt": taken_at.isoformat(),
            "content": base64.b64encode(content).decode("ascii"),
        }
        name = f"{sum(1 for _ in self._directory.glob('*.json')):06d}-{taken_at:%Y%m%dT%H%M%S%f}-{via}.json"
        half_written = self._directory / f".{name}"
        half_written.write_text(json.dumps(taken), encoding="utf-8")
        half_written.rename(self._directory / name)

    def read(self) -> list[TakenMail]:
        """Every mail, the oldest first."""
        found = []
        for number, path in enumerate(sorted(self._directory.glob("*.json")), 1):
            kept = json.loads(path.read_text(encoding="utf-8"))
            found.append(
                TakenMail(
                    number=number,
                    sender=kept["sender"],
                    recipients=tuple(kept["recipients"]),
                    via=kept["via"],
                    taken_at=datetime.fromisoformat(kept["takenAt"]),
                    content=base64.b64decode(kept["content"]),
                )
            )
        return found

    def clear(self) -> None:
        for path in self._directory.glob("*.json"):
            path.unlink()
