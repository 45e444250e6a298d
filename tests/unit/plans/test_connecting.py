"""Connections: the names of their secrets, keys that nothing prints, and one that is gone (promise S5)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest

from plans.connecting import (
    AutotaskKeys,
    ConnectWiseKeys,
    PsaConnection,
    at_secrets,
    find_psa,
    is_same_database,
    list_psa_secrets,
    name_direct_secret,
    name_partner_secrets,
    name_psa_secrets,
    spell_keys,
)
from plans.errors import Misconfigured
from plans.ports import Outside
from tests.unit.web.connection_fakes import AUTOTASK, CONNECTWISE

LONGEST_ID = "a" * 60


def test_every_secret_has_a_name_of_its_own_that_key_vault_takes() -> None:
    """At most 127 letters, digits and dashes; one id may be used for each kind of connection."""
    names = [
        name
        for each in ("cw", LONGEST_ID)
        for name in (
            *name_psa_secrets(replace(CONNECTWISE, id=each)),
            *name_psa_secrets(replace(AUTOTASK, id=each)),
            *name_partner_secrets(each),
            name_direct_secret(each),
        )
    ]
    assert len(set(names)) == len(names) == 14
    assert all(re.fullmatch(r"[0-9A-Za-z-]{1,127}", name) for name in names)
    assert name_psa_secrets(replace(CONNECTWISE, id="cw")) == ("psa-cw-public-key", "psa-cw-private-key")
    assert name_psa_secrets(replace(AUTOTASK, id="at")) == ("psa-at-secret", "psa-at-integration-code")
    assert name_partner_secrets("p") == ("microsoft-p-client-secret", "microsoft-p-refresh-token")
    assert name_direct_secret("d") == "direct-d-client-secret"


def test_keys_are_never_printed() -> None:
    for keys in (ConnectWiseKeys("canary-public", "canary-private"), AutotaskKeys("canary-secret", "canary-code")):
        assert "canary" not in f"{keys!r} {keys}"


def test_keys_are_kept_in_the_order_of_their_secrets() -> None:
    assert spell_keys(ConnectWiseKeys("public", "private")) == ("public", "private")
    assert spell_keys(AutotaskKeys("secret", "code")) == ("secret", "code")


@pytest.mark.parametrize("connection", [CONNECTWISE, AUTOTASK])
def test_a_connection_names_the_secrets_that_it_was_given(connection: PsaConnection) -> None:
    assert list_psa_secrets(at_secrets(connection, ("first", "second"))) == ("first", "second")


def test_a_database_is_one_whatever_its_zone_and_whoever_signs_in() -> None:
    moved = replace(
        AUTOTASK, id="other", user_name="somebody@else.example", zone_url="https://webservices6.autotask.net"
    )
    assert is_same_database(AUTOTASK, moved)
    assert not is_same_database(AUTOTASK, replace(AUTOTASK, database="41235"))
    assert is_same_database(CONNECTWISE, replace(CONNECTWISE, id="other", company="DEMO"))
    assert not is_same_database(CONNECTWISE, replace(CONNECTWISE, company="other"))
    assert not is_same_database(CONNECTWISE, AUTOTASK)


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
