"""What an administrator sets for every night, and what nobody set."""

from __future__ import annotations

from decimal import Decimal

import pytest
from azure.data.tables.aio import TableClient

from plans.brakes import Thresholds
from plans.controls import Controls, Pause
from plans.errors import Misconfigured
from plans.mapping_rules import MappingRule
from profiles.exclusions import LicenceExclusion, TenantExclusion
from profiles.licences import Term
from store.configuration import TableConfiguration
from store.tables import make_row
from tests.simulation.store import Store
from tests.unit.store.values import NOW

PAUSE = Pause("ada", NOW, "The PSA moves house.")


@pytest.fixture
def configuration(config_table: TableClient) -> TableConfiguration:
    return TableConfiguration(config_table)


async def test_controls_are_as_they_come_where_nobody_set_any(configuration: TableConfiguration, memory: Store) -> None:
    assert await configuration.read_controls() == await memory.read_controls() == Controls()


async def test_thresholds_come_back(configuration: TableConfiguration) -> None:
    thresholds = Thresholds(drop_seats=5, drop_money=Decimal("99.50"), night_increase_percent=20)
    await configuration.save_thresholds(Thresholds(drop_seats=4))
    await configuration.save_thresholds(thresholds)
    assert await configuration.read_controls() == Controls(thresholds)


async def test_a_threshold_that_is_newer_than_the_row_is_as_it_comes(
    configuration: TableConfiguration, config_table: TableClient
) -> None:
    await config_table.upsert_entity(make_row("control", "thresholds", b'{"drop_seats":7}'))
    assert (await configuration.read_controls()).thresholds == Thresholds(drop_seats=7)


async def test_writing_is_paused_and_goes_on(configuration: TableConfiguration) -> None:
    await configuration.save_pause(PAUSE)
    assert (await configuration.read_controls()).pause == PAUSE
    await configuration.save_pause(None)
    await configuration.save_pause(None)
    assert (await configuration.read_controls()).pause is None


async def test_exclusions_come_back_by_kind(configuration: TableConfiguration) -> None:
    excluded = (LicenceExclusion("sku-1", "Free of charge."), LicenceExclusion("x"), TenantExclusion("x", "Ourselves."))
    for exclusion in reversed(excluded):
        await configuration.save_exclusion(exclusion)
    assert (await configuration.read_controls()).exclusions == excluded
    await configuration.remove_exclusion(LicenceExclusion("x"))
    await configuration.remove_exclusion(LicenceExclusion("never"))
    assert (await configuration.read_controls()).exclusions == (excluded[0], excluded[2])


async def test_an_id_in_capitals_is_the_same_exclusion(configuration: TableConfiguration) -> None:
    await configuration.save_exclusion(TenantExclusion("AB-12"))
    await configuration.save_exclusion(TenantExclusion("ab-12", "Ourselves."))
    assert (await configuration.read_controls()).exclusions == (TenantExclusion("ab-12", "Ourselves."),)
    await configuration.remove_exclusion(TenantExclusion("aB-12"))
    assert (await configuration.read_controls()).exclusions == ()


async def test_what_no_table_takes_is_refused_with_a_sentence(configuration: TableConfiguration) -> None:
    with pytest.raises(Misconfigured, match="cannot be a table key"):
        await configuration.save_exclusion(LicenceExclusion("a/b"))


async def test_mapping_rules_are_put_in_place_of_those_that_were_seen(configuration: TableConfiguration) -> None:
    first = MappingRule("r-1", "sku", "Premium", Term.ANNUAL, "p", is_live=True, made_by="Ada")
    second = MappingRule("r-2", "sku", "Premium", None, "p", is_live=False)
    assert not await configuration.save_rules((second,), (first,)), "nobody has kept any"
    assert await configuration.save_rules((first,), ())
    assert not await configuration.save_rules((second,), ()), "somebody else was quicker"
    assert await configuration.save_rules((first, second), (first,))
    assert (await configuration.read_controls()).rules == (first, second)
    assert await configuration.save_rules((), (first, second))
    assert (await configuration.read_controls()).rules == ()
