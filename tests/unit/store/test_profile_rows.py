"""Billing profiles in the table: as they were seen or not at all, and never two of one name."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from azure.data.tables.aio import TableClient

from profiles.billing import BillableOption, BillingProfile
from store.configuration import TableConfiguration

PREMIUM = BillingProfile("premium", "Business Premium", "cw", "501", BillableOption.BILLABLE)
OTHER = replace(PREMIUM, id="other", name="Mail")


@pytest.fixture
def configuration(config_table: TableClient) -> TableConfiguration:
    return TableConfiguration(config_table)


async def test_of_many_who_make_one_of_the_same_name_one_does(configuration: TableConfiguration) -> None:
    names = ("Business Premium", "BUSINESS premium", "business PREMIUM")
    made = [replace(PREMIUM, id=f"p-{number}", name=names[number % 3]) for number in range(6)]
    kept = await asyncio.gather(*(configuration.save_profile(each, None) for each in made))
    assert sum(kept) == 1 and len(await configuration.list_profiles()) == 1


async def test_a_name_is_free_again_when_its_profile_is_renamed_or_removed(configuration: TableConfiguration) -> None:
    assert await configuration.save_profile(PREMIUM, None)
    renamed = replace(PREMIUM, name="Premium")
    assert await configuration.save_profile(OTHER, None)
    assert not await configuration.save_profile(replace(OTHER, name="BUSINESS PREMIUM"), OTHER)
    assert await configuration.save_profile(renamed, PREMIUM)
    assert await configuration.save_profile(replace(OTHER, name="Business Premium"), OTHER)
    assert not await configuration.save_profile(PREMIUM, renamed), "the other one has it now"
    assert await configuration.remove_profile(replace(OTHER, name="Business Premium"))
    assert await configuration.save_profile(PREMIUM, renamed)
    assert await configuration.list_profiles() == {"premium": PREMIUM}


async def test_what_is_not_as_it_was_seen_stays(configuration: TableConfiguration) -> None:
    assert await configuration.save_profile(PREMIUM, None)
    seen = replace(PREMIUM, product_id="502")
    assert not await configuration.save_profile(replace(PREMIUM, name="New"), seen)
    assert not await configuration.remove_profile(seen) and not await configuration.remove_profile(OTHER)
    assert not await configuration.save_profile(OTHER, OTHER)
    assert await configuration.list_profiles() == {"premium": PREMIUM}


async def test_saving_under_the_same_name_in_other_letters_keeps_it(configuration: TableConfiguration) -> None:
    assert await configuration.save_profile(PREMIUM, None)
    louder = replace(PREMIUM, name="BUSINESS PREMIUM")
    assert await configuration.save_profile(louder, PREMIUM)
    assert not await configuration.save_profile(replace(OTHER, name="business premium"), None)
    assert await configuration.list_profiles() == {"premium": louder}


async def test_a_profile_that_was_kept_without_its_name_takes_it_with_the_next_change(
    configuration: TableConfiguration, config_table: TableClient
) -> None:
    await configuration.save_profile(PREMIUM, None)
    rows = [row async for row in config_table.list_entities() if row["RowKey"].startswith("~")]
    await config_table.delete_entity(rows[0]["PartitionKey"], rows[0]["RowKey"])
    changed = replace(PREMIUM, product_id="502")
    assert await configuration.save_profile(changed, PREMIUM)
    assert not await configuration.save_profile(replace(OTHER, name=PREMIUM.name), None)
    assert await configuration.remove_profile(changed)
    assert await configuration.save_profile(replace(OTHER, name=PREMIUM.name), None)
