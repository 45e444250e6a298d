"""Connections: the names of their secrets, keys that nothing prints, and one that is gone (promise S5)."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from plans.connecting import (
    ConnectWiseKeys,
    find_psa,
    name_connectwise_secrets,
    name_direct_secret,
    name_partner_secrets,
)
from plans.errors import Misconfigured
from plans.ports import Outside

LONGEST_ID = "a" * 60


def test_every_secret_has_a_name_of_its_own_that_key_vault_takes() -> None:
    """At most 127 letters, digits and dashes; one id may be used for each kind of connection."""
    names = [
        name
        for each in ("cw", LONGEST_ID)
        for name in (*name_connectwise_secrets(each), *name_partner_secrets(each), name_direct_secret(each))
    ]
    assert len(set(names)) == len(names) == 10
    assert all(re.fullmatch(r"[0-9A-Za-z-]{1,127}", name) for name in names)
    assert name_connectwise_secrets("cw") == ("psa-cw-public-key", "psa-cw-private-key")
    assert name_partner_secrets("p") == ("microsoft-p-client-secret", "microsoft-p-refresh-token")
    assert name_direct_secret("d") == "direct-d-client-secret"


def test_keys_are_never_printed() -> None:
    keys = ConnectWiseKeys("canary-public", "canary-private")
    assert "canary" not in f"{keys!r} {keys}"


def test_a_connection_that_somebody_removed_says_what_to_do() -> None:
    nothing = cast(Any, None)
    kept = cast(Any, object())
    outside = Outside(
        nothing,
        nothing,
        2,
        nothing,
        nothing,
        {"cw": kept},
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
    )
    assert find_psa(outside, "cw") is kept
    with pytest.raises(Misconfigured) as refused:
        find_psa(outside, "at")
    assert str(refused.value) == (
        "There is no PSA connection at any more. Connect it again, or remove the customers that are billed through it."
    )
