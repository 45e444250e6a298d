"""Tokens of scripts: when one is good, and what proves it (S3)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from plans.tokens import ApiToken, TokenRole, digest_token, read_token_id, write_token

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SECRET = "Az09-_" * 7 + "q"
TEXT = write_token("0123456789abcdef", SECRET)
TOKEN = ApiToken(
    "0123456789abcdef", "nightly", TokenRole.READER, digest_token(TEXT), "Az_q", "Ada", NOW, NOW + timedelta(days=1)
)


def test_a_token_is_kept_as_its_sha_256() -> None:
    assert TOKEN.digest == hashlib.sha256(TEXT.encode()).hexdigest()
    assert SECRET not in repr(TOKEN)
    assert TOKEN.is_genuine(TEXT)
    assert not TOKEN.is_genuine(TEXT[:-1] + "r")
    assert not TOKEN.is_genuine(TOKEN.digest)


def test_a_token_is_good_until_its_last_moment_and_no_longer() -> None:
    assert TOKEN.is_good(TOKEN.expires_at - timedelta(microseconds=1))
    assert TOKEN.is_expired(TOKEN.expires_at) and not TOKEN.is_good(TOKEN.expires_at)


def test_a_revoked_token_is_good_no_more_and_its_first_end_stays() -> None:
    revoked = TOKEN.revoke("Ada", NOW)
    assert revoked.is_revoked and not revoked.is_good(NOW)
    assert revoked.revoke("Ben", NOW + timedelta(hours=1)) is revoked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slt_",
        TEXT[:-1],
        f"{TEXT}a",
        f"{TEXT}\n",
        f"{TEXT},{TEXT}",
        TEXT.upper(),
        TEXT.replace("slt_", "x"),
        " " + TEXT,
    ],
)
def test_what_is_no_token_has_no_id(text: str) -> None:
    assert read_token_id(text) is None


def test_a_token_names_its_id() -> None:
    assert read_token_id(TEXT) == "0123456789abcdef"
