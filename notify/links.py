"""Links that travel in mails: signed, so that nobody can make one up, and with an end. Pure.

A link opens a page that asks; it never changes anything by itself, and the page wants a sign-in like every other
(issue 8). What the signature adds is that whoever follows it is shown what the mail was about, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LIFETIME = timedelta(days=30)
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class MuteLink:
    """A link of a mail: which alert it is about, who was told, and until when it works (aware, UTC)."""

    alert_id: str
    recipient: str
    ends_at: datetime


def sign_link(key: bytes, link: MuteLink) -> str:
    """The link as a text that is fit for an address."""
    body = json.dumps([link.alert_id, link.recipient, int(link.ends_at.timestamp())], separators=(",", ":")).encode()
    return f"{spell(body)}.{spell(make_signature(key, body))}"


def read_link(key: bytes, token: str, now: datetime) -> MuteLink | None:
    """The link that a text stands for; None where we did not sign it, or it has ended."""
    body_text, _, signature_text = token.partition(".")
    body, signature = unspell(body_text), unspell(signature_text)
    if body is None or signature is None or not hmac.compare_digest(make_signature(key, body), signature):
        return None
    alert_id, recipient, ends = json.loads(body)
    link = MuteLink(alert_id, recipient, datetime.fromtimestamp(ends, UTC))
    return link if now < link.ends_at else None


def make_signature(key: bytes, body: bytes) -> bytes:
    """HMAC-SHA256; the first words keep it apart from whatever else may be signed with the key one day."""
    return hmac.digest(key, b"seatledger mute link\n" + body, hashlib.sha256)


def spell(raw: bytes) -> str:
    """Base64 for addresses, without the padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unspell(text: str) -> bytes | None:
    """Back again; None where it is nonsense. Only what `spell` writes is taken, so that a link has one spelling."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if spell(raw) == text else None
