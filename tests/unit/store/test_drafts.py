"""Drafts as blobs: each for its owner, for a day, and never more than a few of anybody."""

from __future__ import annotations

import asyncio

import pytest
from azure.storage.blob.aio import ContainerClient

from plans.drafts import MOST_DRAFTS
from store.drafts import FOLDER, BlobDrafts
from tests.unit.store.conftest import Clock

ADA, BOB = "tenant/ada", "tenant/bob"


@pytest.fixture
async def drafts(container: ContainerClient, clock: Clock) -> BlobDrafts:
    for name in await list_all(container):
        await container.delete_blob(name)
    return BlobDrafts(container, clock.now)


async def list_all(container: ContainerClient) -> list[str]:
    return [name async for name in container.list_blob_names(name_starts_with=FOLDER)]


async def test_a_draft_is_its_owners_and_the_same_text_is_the_same_draft(drafts: BlobDrafts) -> None:
    text = "Customer,Licence\n“Café” 🦷,\r\n"
    name = await drafts.keep(ADA, text)
    assert await drafts.keep(ADA, text) == name and await drafts.read(ADA, name) == text
    assert await drafts.read(BOB, name) is None
    for other in ("", "../../plans/x", name.upper(), f"{name}.gz", "0" * 32):
        assert await drafts.read(ADA, other) is None


async def test_a_draft_lasts_a_day_from_when_it_was_sent_last(
    drafts: BlobDrafts, container: ContainerClient, clock: Clock
) -> None:
    name = await drafts.keep(ADA, "one")
    clock.move(hours=23)
    assert await drafts.keep(ADA, "one") == name
    clock.move(hours=23, minutes=59)
    assert await drafts.read(ADA, name) == "one"
    clock.move(minutes=1)
    assert await drafts.read(ADA, name) is None
    await drafts.keep(BOB, "two")
    assert len(await list_all(container)) == 1, "what is over is thrown away, whoever's it is"


async def test_of_one_person_the_newest_stay(drafts: BlobDrafts, container: ContainerClient, clock: Clock) -> None:
    other = await drafts.keep(BOB, "other")
    names = []
    for number in range(MOST_DRAFTS + 2):
        names.append(await drafts.keep(ADA, f"file {number}"))
        clock.move(seconds=1)
    found = [await drafts.read(ADA, name) for name in names]
    assert found == [None, None, *(f"file {number}" for number in range(2, MOST_DRAFTS + 2))]
    assert await drafts.read(BOB, other) == "other" and len(await list_all(container)) == MOST_DRAFTS + 1


async def test_many_at_once_are_no_more_than_that(drafts: BlobDrafts, container: ContainerClient) -> None:
    await asyncio.gather(*(drafts.keep(ADA, f"file {number}") for number in range(12)))
    name = await drafts.keep(ADA, "last")
    assert await drafts.read(ADA, name) == "last" and len(await list_all(container)) == MOST_DRAFTS
