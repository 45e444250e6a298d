"""Changing customers and their mappings: all of it or nothing, and only what is still as it was seen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableClient

from plans.journal import HistoryEntry
from plans.keys import name_addition, name_line
from profiles.billing import Customer
from store.books import TableBooks
from store.editing import TableCustomerEditor
from store.marks import Marks
from tests.unit.store.conftest import Clock
from tests.unit.store.values import (
    CONTOSO,
    CUSTOMER,
    MAPPING,
    NASTY,
    NOW,
    make_adoption,
    make_change,
    make_evidence,
    make_history,
    make_intent,
    make_mapping,
    read_desk,
    settle_with,
)

OBSERVED = replace(CONTOSO, is_observed=True)


@pytest.fixture
def editor(books_table: TableClient, config_table: TableClient, clock: Clock) -> TableCustomerEditor:
    return TableCustomerEditor(books_table, Marks(config_table, clock.now))


def tell(sentence: str, minutes: int = 0, mapping_id: str = "") -> HistoryEntry:
    return HistoryEntry(NOW + timedelta(minutes=minutes), mapping_id, 0, "", sentence)


async def tell_all(books: TableBooks) -> list[str]:
    return [entry.sentence for entry in await books.list_history(CUSTOMER)]


async def test_a_new_customer_is_kept_with_its_history(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    assert await editor.add_customer(OBSERVED, tell("Ada added it.")) is True
    assert await table_books.list_customers() == (OBSERVED,)
    assert await tell_all(table_books) == ["Ada added it."]


async def test_an_id_is_taken_once(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    assert await editor.add_customer(OBSERVED, tell("first"))
    assert await editor.add_customer(replace(OBSERVED, name="Other"), tell("second", 1)) is False
    assert (await table_books.list_customers())[0].name == "Contoso"
    assert await tell_all(table_books) == ["first"]


async def test_of_many_who_add_it_exactly_one_does(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    adding = [editor.add_customer(replace(OBSERVED, name=str(n)), tell(str(n), n)) for n in range(6)]
    assert sorted(await asyncio.gather(*adding)) == [False] * 5 + [True]
    (kept,) = await table_books.list_customers()
    assert await tell_all(table_books) == [kept.name]


async def test_a_change_takes_the_place_of_what_was_seen(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    await editor.add_customer(OBSERVED, tell("added"))
    assert await editor.change_customer(CONTOSO, OBSERVED, tell("live", 1)) is True
    assert await table_books.read_customer(CUSTOMER) == CONTOSO
    assert await tell_all(table_books) == ["live", "added"]


async def test_what_is_not_as_it_was_seen_is_not_changed(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    await editor.add_customer(OBSERVED, tell("added"))
    seen = replace(OBSERVED, name="As it was")
    assert await editor.change_customer(CONTOSO, seen, tell("live", 1)) is False
    assert await editor.remove_customer(seen, tell("removed", 1)) is False
    assert await table_books.read_customer(CUSTOMER) == OBSERVED
    assert await tell_all(table_books) == ["added"]


async def test_of_two_who_change_it_at_once_one_does(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    await editor.add_customer(OBSERVED, tell("added"))
    names = [f"Name {number}" for number in range(6)]
    changing = [
        editor.change_customer(replace(OBSERVED, name=name), OBSERVED, tell(name, 1 + number))
        for number, name in enumerate(names)
    ]
    assert sorted(await asyncio.gather(*changing)) == [False] * 5 + [True]
    kept = await table_books.read_customer(CUSTOMER)
    assert kept is not None
    assert await tell_all(table_books) == [kept.name, "added"]


async def test_nobody_changes_what_is_not_there(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    assert await editor.change_customer(CONTOSO, OBSERVED, tell("live")) is False
    assert await editor.remove_customer(OBSERVED, tell("removed")) is False
    assert await editor.save_mappings(CUSTOMER, ((None, make_mapping()),), (tell("mapped"),)) is False
    assert await table_books.list_history(CUSTOMER) == ()
    assert await table_books.read_overview(CUSTOMER) is None


async def test_a_removed_customer_is_in_no_list_and_keeps_everything(
    editor: TableCustomerEditor, table_books: TableBooks
) -> None:
    await table_books.save_customer(CONTOSO, [make_mapping()])
    await table_books.insert_intent(CUSTOMER, make_intent(make_change()))
    await table_books.settle(CUSTOMER, settle_with(make_evidence()))
    before = await table_books.read_line(CUSTOMER, MAPPING)
    assert await editor.remove_customer(CONTOSO, tell("removed", 9)) is True
    assert await table_books.list_customers() == ()
    assert await table_books.list_overviews() == ()
    assert await table_books.list_mapped_agreements() == {}
    assert await table_books.read_desk(CUSTOMER) is None
    assert await table_books.read_customer(CUSTOMER) is None
    assert await table_books.read_line(CUSTOMER, MAPPING) == before, "evidence and ledger stay"
    assert (await tell_all(table_books))[0] == "removed"


async def test_a_removed_customers_additions_are_nobodys(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    """So that a new line beside them waits for a person, who can adopt them (billing rules, 5)."""
    await table_books.save_customer(CONTOSO, [make_mapping()])
    await table_books.adopt(CUSTOMER, make_adoption(additions=("77",)), make_history())
    fabrikam = Customer("fabrikam", "Fabrikam", "tenant-2", "second", "43")
    await table_books.save_customer(fabrikam, [make_mapping("other", "fabrikam")])
    assert name_line(MAPPING) in await table_books.list_line_names()
    await editor.remove_customer(CONTOSO, tell("removed"))
    assert await table_books.list_line_names() == {name_line("other")}
    await editor.add_customer(OBSERVED, tell("again", 1))
    assert name_line(MAPPING) in await table_books.list_line_names()
    assert name_addition(CONTOSO.connection_id, "1201", "77") in await table_books.list_line_names()


async def test_a_customer_comes_back_with_its_lines(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    await table_books.save_customer(CONTOSO, [make_mapping()])
    await table_books.settle(CUSTOMER, settle_with(make_evidence()))
    before = await read_desk(table_books, CUSTOMER)
    await editor.remove_customer(CONTOSO, tell("removed", 8))
    renamed = replace(OBSERVED, name="Contoso Ltd")
    assert await editor.add_customer(renamed, tell("again", 9)) is True
    after = await read_desk(table_books, CUSTOMER)
    assert (after.customer, after.mappings, after.journals) == (renamed, before.mappings, before.journals)
    assert (await tell_all(table_books))[:2] == ["again", "removed"]
    assert await editor.remove_customer(renamed, tell("removed again", 10)) is True
    assert await editor.add_customer(OBSERVED, tell("and again", 11)) is True


async def test_of_many_who_bring_it_back_exactly_one_does(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    await editor.add_customer(OBSERVED, tell("added"))
    await editor.remove_customer(OBSERVED, tell("removed", 1))
    adding = [editor.add_customer(OBSERVED, tell(str(number), 2 + number)) for number in range(6)]
    assert sorted(await asyncio.gather(*adding)) == [False] * 5 + [True]
    assert len(await tell_all(table_books)) == 3


async def test_mappings_are_saved_together(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    await table_books.save_customer(CONTOSO, [make_mapping("old")])
    old, new = make_mapping("old"), replace(make_mapping("new"), follows=("old",))
    changes = ((old, replace(old, is_ended=True)), (None, new))
    assert await editor.save_mappings(CUSTOMER, changes, (tell("ended", 1, "old"), tell("begun", 1, "new"))) is True
    desk = await read_desk(table_books, CUSTOMER)
    assert desk.mappings == (new, replace(old, is_ended=True))
    assert sorted(await tell_all(table_books)) == ["begun", "ended"]


@pytest.mark.parametrize("moved", ["changed", "gone", "taken"])
async def test_no_mapping_is_saved_where_one_is_not_as_it_was_seen(
    editor: TableCustomerEditor, table_books: TableBooks, moved: str
) -> None:
    old = make_mapping("old")
    await table_books.save_customer(CONTOSO, [replace(old, minimum=5) if moved == "changed" else old])
    seen = make_mapping("gone") if moved == "gone" else old
    new = make_mapping("old" if moved == "taken" else "new")
    changes = ((None, new),) if moved == "taken" else ((None, new), (seen, replace(seen, is_ended=True)))
    before = await read_desk(table_books, CUSTOMER)
    assert await editor.save_mappings(CUSTOMER, changes, (tell("both"),)) is False
    assert await read_desk(table_books, CUSTOMER) == before
    assert await table_books.list_history(CUSTOMER) == ()


async def test_of_two_who_save_mappings_at_once_one_does(editor: TableCustomerEditor, table_books: TableBooks) -> None:
    """The customer's own row is the guard, so that two transfers of different lines do not pass each other unseen."""
    await table_books.save_customer(CONTOSO, [])
    saving = [
        editor.save_mappings(CUSTOMER, ((None, make_mapping(f"m{number}")),), (tell(f"m{number}", number),))
        for number in range(6)
    ]
    done = await asyncio.gather(*saving)
    desk = await read_desk(table_books, CUSTOMER)
    kept = sorted(f"m{number}" for number, is_kept in enumerate(done) if is_kept)
    assert kept and [mapping.id for mapping in desk.mappings] == kept
    assert sorted(await tell_all(table_books)) == kept


async def test_mappings_of_a_removed_customer_are_not_saved(
    editor: TableCustomerEditor, table_books: TableBooks
) -> None:
    await table_books.save_customer(CONTOSO, [make_mapping()])
    await editor.remove_customer(CONTOSO, tell("removed"))
    seen = make_mapping()
    assert await editor.save_mappings(CUSTOMER, ((seen, replace(seen, is_ended=True)),), (tell("end", 1),)) is False
    await editor.add_customer(OBSERVED, tell("again", 2))
    assert (await read_desk(table_books, CUSTOMER)).mappings == (seen,)


@pytest.mark.parametrize("customer_id", NASTY)
async def test_hostile_ids_are_plain_values(
    editor: TableCustomerEditor, table_books: TableBooks, customer_id: str
) -> None:
    nasty = replace(OBSERVED, id=customer_id, name="<b>=cmd|'\u202e")
    assert await editor.add_customer(nasty, tell("added"))
    assert await editor.change_customer(replace(nasty, name="x"), nasty, tell("named", 1))
    assert await editor.remove_customer(replace(nasty, name="x"), tell("removed", 2))
    assert await editor.add_customer(nasty, tell("again", 3))
    assert await table_books.list_customers() == (nasty,)
