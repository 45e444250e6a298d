"""Least rights: what Seatledger asks of Microsoft is for reading only, and each has its reason (promise S11)."""

from __future__ import annotations

import pytest

from profiles.microsoft_rights import GDAP_ROLES, GRAPH_AT_HOME, GRAPH_IN_TENANTS, PARTNER_CENTER, ROLE_NAMES, Right
from profiles.partners import DIRECTORY_READERS, GLOBAL_READER

GRAPH = (*GRAPH_IN_TENANTS, *GRAPH_AT_HOME)


@pytest.mark.parametrize("right", GRAPH, ids=lambda right: right.name)
def test_graph_is_only_read(right: Right) -> None:
    assert right.name.endswith(".Read.All")


@pytest.mark.parametrize("right", (*GRAPH, *PARTNER_CENTER, *GDAP_ROLES), ids=lambda right: right.name)
def test_every_right_says_what_for(right: Right) -> None:
    assert right.why


def test_the_roles_of_a_relationship_are_readers_and_have_names() -> None:
    """The ids of Microsoft Entra's built-in roles, by which a relationship lists them."""
    assert (DIRECTORY_READERS, GLOBAL_READER) == (
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
        "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    )
    assert [right.name for right in GDAP_ROLES] == [ROLE_NAMES[DIRECTORY_READERS]]
    assert ROLE_NAMES[GLOBAL_READER] == "Global Reader"
