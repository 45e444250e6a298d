"""From which day more seats count: a connection says it, a customer may say otherwise, and a mapping can only wait."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from plans.ports import Desk, Outside
from sync.planning import choose_modes
from tests.unit.sync.desk import CONTOSO
from tests.unit.web.tenants import PREMIUM, make_mapping


@pytest.mark.parametrize(
    ("connection", "customer", "mapping", "prorates"),
    [
        (True, None, True, True),
        (False, None, True, False),
        (True, False, True, False),
        (False, True, True, True),
        (True, True, False, False),
        (False, True, False, False),
    ],
)
def test_a_customers_word_goes_before_its_connections_and_a_mapping_can_only_wait(
    connection: bool, customer: bool | None, mapping: bool, prorates: bool
) -> None:
    outside = SimpleNamespace(connections={CONTOSO.connection_id: SimpleNamespace(prorates=connection)})
    desk = Desk(
        replace(CONTOSO, prorates=customer), (replace(make_mapping(0, PREMIUM, "premium"), prorates=mapping),), {}
    )
    (found,) = choose_modes(cast(Outside, outside), desk).mappings
    assert found.prorates is prorates
