"""What is kept of a consent, and what is derived from the browser's secret (promise S4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plans.consent import (
    CONSENT_LIFE,
    ConsentPurpose,
    PendingConsent,
    challenge_of,
    derive_nonce,
    derive_verifier,
    digest,
)

EXPIRES = datetime(2026, 11, 22, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "is_good"), [(-1, True), (0, False), (1, False)])
def test_a_consent_is_good_until_the_moment_it_expires(seconds: int, is_good: bool) -> None:
    pending = PendingConsent("s", "b", ConsentPurpose.PARTNER, "p", "t", "Ada", EXPIRES)
    assert timedelta(minutes=10) == CONSENT_LIFE
    assert pending.is_good(EXPIRES + timedelta(seconds=seconds)) is is_good


def test_the_challenge_is_that_of_rfc_7636() -> None:
    """Its appendix B works one example out."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_what_is_kept_is_the_sha_256_alone() -> None:
    """That of `abc` is the example of FIPS 180-4."""
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_verifier_and_nonce_belong_to_one_browser_and_one_state() -> None:
    """43 characters of base64url are 256 bits; another browser, state or purpose leads to another one."""
    first = derive_verifier("browser", "state")
    assert len(first) == 43 and set(first) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert first == derive_verifier("browser", "state")
    others = {derive_verifier("other", "state"), derive_verifier("browser", "other"), derive_nonce("browser", "state")}
    assert len({first, *others}) == 4
