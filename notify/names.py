"""How the mail of a recipient's day is called, wherever it is made. Pure."""

from __future__ import annotations

import hashlib
from datetime import date

from plans.alerts.notifications import Recipient


def name_mail(recipient: Recipient, day: date) -> str:
    """The id of a recipient's digest of a day, which tells nothing of the address."""
    return f"{name_digests(recipient)}{day.isoformat()}"


def name_digests(recipient: Recipient) -> str:
    """How the ids of all digests of a recipient begin."""
    named = hashlib.sha256(recipient.address.strip().lower().encode()).hexdigest()[:24]
    return f"digest:{named}:"


def find_digest_day(mail_id: str, recipient: Recipient) -> date | None:
    """The day of which a mail is the recipient's digest; None where it is none of them."""
    prefix = name_digests(recipient)
    return date.fromisoformat(mail_id.removeprefix(prefix)) if mail_id.startswith(prefix) else None
