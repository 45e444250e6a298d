"""The permission tables of the docs say what the pages say and what is asked for (S11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from profiles.microsoft_rights import (
    GDAP_FOR_MAILBOXES,
    GDAP_ROLES,
    GRAPH_AT_HOME,
    GRAPH_FOR_MAILBOXES,
    GRAPH_IN_TENANTS,
    PARTNER_CENTER,
    Right,
)
from profiles.partners import CONSENTING_ROLES, GLOBAL_READER, ActiveGdap

DOCS = (Path(__file__).parents[3] / "docs/permissions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("right", [*GRAPH_IN_TENANTS, *GRAPH_FOR_MAILBOXES, *GRAPH_AT_HOME, *PARTNER_CENTER])
def test_every_right_stands_in_the_docs_with_its_reason(right: Right) -> None:
    assert f"`{right.name}` | {right.why} |" in DOCS


def test_the_roles_stand_in_the_docs() -> None:
    assert all(f"| {role.name} " in DOCS for role in (*GDAP_ROLES, *GDAP_FOR_MAILBOXES))


def test_nothing_that_is_asked_for_writes() -> None:
    names = [right.name for right in (*GRAPH_IN_TENANTS, *GRAPH_FOR_MAILBOXES, *GRAPH_AT_HOME)]
    assert all(name.endswith(".Read.All") for name in names)


def test_a_role_that_may_read_is_none_that_may_consent() -> None:
    gdap = ActiveGdap(datetime(2027, 1, 1, tzinfo=UTC), (GLOBAL_READER,), extends_itself=False)
    assert not gdap.may_consent
    assert all(replace(gdap, role_ids=(GLOBAL_READER, role)).may_consent for role in CONSENTING_ROLES)
