"""A mail as it travels: both parts, one identity at every attempt, and nothing that could become another header."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notify.letters import write_letter
from plans.mail import Mail
from plans.mail_channels import Letter

SENDER = "seatledger@msp.example"
MAIL = Mail(
    "digest:2026-11-02:jane",
    "jane@msp.example",
    "3 need you – 312 € a month",
    "Grüße\n.a line with a dot\n",
    "<p>Grüße</p>",
    datetime(2026, 11, 2, 7, 0, tzinfo=UTC),
)


def read(letter: Letter | str) -> dict[str, str]:
    assert isinstance(letter, Letter)
    message = message_from_bytes(letter.content, policy=default)
    parts = {part.get_content_type(): str(part.get_content()) for part in message.walk() if not part.is_multipart()}
    return {name: str(value) for name, value in message.items()} | parts


def test_a_letter_says_who_to_whom_what_and_when_in_both_kinds() -> None:
    found = read(write_letter(MAIL, SENDER))
    assert found["From"] == "Seatledger <seatledger@msp.example>"
    assert (found["To"], found["Subject"]) == (MAIL.recipient, MAIL.subject)
    assert found["Date"] == "Mon, 02 Nov 2026 07:00:00 +0000"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["text/plain"].splitlines() == MAIL.text.splitlines()
    assert found["text/html"].strip() == MAIL.html


def test_every_attempt_sends_the_same_bytes_and_every_mail_has_its_own_message_id() -> None:
    first, second = write_letter(MAIL, SENDER), write_letter(MAIL, SENDER)
    assert first == second
    other = read(write_letter(replace(MAIL, id="digest:2026-11-03:jane"), SENDER))
    assert read(first)["Message-ID"] != other["Message-ID"]
    assert read(first)["Message-ID"].endswith("@msp.example>")
    assert "jane" not in read(first)["Message-ID"]


@pytest.mark.parametrize(
    "mail",
    [
        replace(MAIL, recipient="jane@msp.example\r\nBcc: eve@evil.example"),
        replace(MAIL, recipient="Jane <jane@msp.example>"),
        replace(MAIL, subject="Hello\r\nBcc: eve@evil.example"),
        replace(MAIL, subject="Hello\nthere"),
        replace(MAIL, subject="Hello\x00"),
        replace(MAIL, subject="Hello\x7f"),
        replace(MAIL, subject="Hello\x85there"),
        replace(MAIL, subject="Hello\u2028there"),
        replace(MAIL, subject="Hello\ud800"),
        replace(MAIL, subject=" "),
        replace(MAIL, subject="x" * 301),
    ],
)
def test_what_could_become_a_header_is_refused(mail: Mail) -> None:
    refused = write_letter(mail, SENDER)
    assert isinstance(refused, str) and refused.startswith("It was not sent: ")


def test_a_sender_that_is_no_address_is_refused() -> None:
    assert isinstance(write_letter(MAIL, "billing@msp.example>\r\nBcc: <eve@evil.example"), str)


@given(st.lists(st.text("ab+−€9.,=?_", min_size=1, max_size=30), min_size=1, max_size=9).map(" ".join))
@example("Seatledger: 2 new things need you, held changes of +336.00 USD and −129.60 USD a month")
@example("=?utf-8?q?not_ours?= " + "a word " * 30 + "!")
def test_a_subject_is_read_as_it_was_written_wherever_it_is_folded(subject: str) -> None:
    letter = write_letter(replace(MAIL, subject=subject), SENDER)
    assert isinstance(letter, Letter)
    assert read(letter)["Subject"].strip() == subject
    assert max(len(line) for line in letter.content.partition(b"\r\nFrom:")[0].split(b"\r\n")) <= 78


@given(subject=st.text(max_size=300), text=st.text(max_size=500), html=st.text(max_size=500))
def test_whatever_a_tenant_is_called_the_letter_has_the_headers_it_should_have(
    subject: str, text: str, html: str
) -> None:
    letter = write_letter(replace(MAIL, subject=subject, text=text, html=html), SENDER)
    if isinstance(letter, Letter):
        assert all(byte < 128 for byte in letter.content)
        head = letter.content.partition(b"\r\n\r\n")[0]
        assert b"\n" not in head.replace(b"\r\n", b"")
        message = message_from_bytes(letter.content, policy=default)
        assert list(message.keys()) == [
            "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        ]  # fmt: skip
        assert message["To"].addresses[0].addr_spec == MAIL.recipient
