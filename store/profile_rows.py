"""Billing profiles: table `config`, partition `profile`, one row a profile and one for the name that it has.

The row of a name is written in the very commit that keeps its profile: two people who call theirs the same at once do
not both succeed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from profiles.billing import BillingProfile
from store import filters
from store.codec import decode, encode
from store.tables import change_read, create, delete, make_row, query, read, update

PROFILE_PARTITION = "profile"
# Sorts after everything that an id may begin with.
NAME_MARK = "~"
FIRST_ID = "!"


@dataclass(frozen=True, slots=True)
class TakenName:
    """The profile that has a name."""

    profile_id: str


async def list_rows(config: TableClient) -> dict[str, BillingProfile]:
    """Every billing profile by its id."""
    chosen = filters.in_ranges(PROFILE_PARTITION, ((FIRST_ID, NAME_MARK),))
    found = [decode(BillingProfile, row["value"]) async for row in query(config, chosen)]
    return {profile.id: profile for profile in found}


async def save_row(config: TableClient, profile: BillingProfile, expected: BillingProfile | None) -> bool:
    """Keep a profile with its name; False where it is not as it was expected, or another one is called so."""
    standing = None
    if expected is not None:
        standing = await find_expected(config, expected)
        if standing is None:
            return False
    row = make_row(PROFILE_PARTITION, profile.id, encode(BillingProfile, profile))
    operations: list[Any] = [create(row) if standing is None else update(row, standing)]
    key = name_key(profile.name)
    taken = await read(config, PROFILE_PARTITION, key)
    if taken is None:
        operations.append(create(make_row(PROFILE_PARTITION, key, encode(TakenName, TakenName(profile.id)))))
    elif not is_of(taken, profile.id):
        return False
    left = await find_left(config, profile.id, expected, key)
    return await change_read(config, [*operations, *(delete(each) for each in left)])


async def remove_row(config: TableClient, expected: BillingProfile) -> bool:
    """Forget a profile and its name; False where it is not as it was expected any more."""
    standing = await find_expected(config, expected)
    if standing is None:
        return False
    left = await find_left(config, expected.id, expected)
    return await change_read(config, [delete(each) for each in (standing, *left)])


async def find_expected(config: TableClient, expected: BillingProfile) -> TableEntity | None:
    """The row of a profile that is as it was expected."""
    standing = await read(config, PROFILE_PARTITION, expected.id)
    return standing if standing is not None and decode(BillingProfile, standing["value"]) == expected else None


async def find_left(
    config: TableClient, profile_id: str, expected: BillingProfile | None, key: str = ""
) -> list[TableEntity]:
    """The row of the name that a profile gives up, unless it keeps it under `key`."""
    if expected is None or name_key(expected.name) == key:
        return []
    row = await read(config, PROFILE_PARTITION, name_key(expected.name))
    return [row] if row is not None and is_of(row, profile_id) else []


def is_of(row: TableEntity, profile_id: str) -> bool:
    """Whether a name is this profile's."""
    return decode(TakenName, row["value"]).profile_id == profile_id


def name_key(name: str) -> str:
    """The row key of a name, however its letters are spelt; a name cannot be a key as it is."""
    return NAME_MARK + hashlib.sha256(name.casefold().encode()).hexdigest()
