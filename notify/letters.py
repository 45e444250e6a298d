"""A mail as it travels: MIME with a plain and an HTML part, the same bytes at every attempt. Pure."""

from __future__ import annotations

import hashlib
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from unicodedata import category

from plans.mail import Mail
from plans.mail_channels import Letter, find_address_trouble

FROM_NAME = "Seatledger"
LONGEST_SUBJECT = 300
NOT_IN_A_HEADER = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""The kinds of signs (Unicode, general category) that end a line, or that nobody can read or send."""


def write_letter(mail: Mail, sender: str) -> Letter | str:
    """The letter, or the sentence that says why this mail may not leave.

    Its Message-ID is made of the mail's own id, so that every attempt has the same one and whoever receives two may
    see that they are one. `Auto-Submitted` keeps holiday answers away (RFC 3834, section 5).
    """
    trouble = find_trouble(mail, sender)
    if trouble:
        return trouble
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(FROM_NAME, addr_spec=sender)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = make_message_id(mail.id, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{digest(mail.id)}")
    return Letter(sender, mail.recipient, write_subject(mail.subject) + message.as_bytes())


def write_subject(subject: str) -> bytes:
    """The header line of a subject, folded as it is read again. One that holds more than ASCII is encoded as a whole
    (RFC 2047, section 5): between words that are and words that are not, the standard library writes a space too many
    where it folds."""
    is_plain = subject.isascii() and "=?" not in subject
    header = Header(subject, "us-ascii" if is_plain else "utf-8", header_name="Subject")
    return f"Subject: {header.encode(linesep='\r\n')}\r\n".encode("ascii")


def find_trouble(mail: Mail, sender: str) -> str:
    """Why the mail may not leave; empty where it may. What could become a header of its own is refused, not mended."""
    for address, whose in ((mail.recipient, "recipient"), (sender, "sender")):
        if find_address_trouble(address):
            return f"It was not sent: its {whose} is no plain mail address. Correct the address."
    if any(category(each) in NOT_IN_A_HEADER for each in mail.subject):
        return "It was not sent: its subject holds control characters."
    if not mail.subject.strip() or len(mail.subject) > LONGEST_SUBJECT:
        return f"It was not sent: its subject is empty, or longer than {LONGEST_SUBJECT} characters."
    return ""


def make_message_id(mail_id: str, sender: str) -> str:
    """The Message-ID (RFC 5322, section 3.6.4) of a mail, in the sender's domain."""
    return f"<{digest(mail_id)}@{sender.rpartition('@')[2]}>"


def digest(mail_id: str) -> str:
    """Forty characters that stand for the id and tell nothing of it."""
    return hashlib.sha256(mail_id.encode()).hexdigest()[:40]
