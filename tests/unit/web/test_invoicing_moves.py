"""Another "in advance" or "in arrears" of a connection that customers use: said first, and saved once it is ticked."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx

from plans.connecting import ConnectWiseConnection
from plans.ports import CustomerOverview
from tests.unit.web import nights, tenants
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import AUTOTASK, CONNECTWISE
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.many_fakes import make_many
from tests.unit.web.tenants import PREMIUM
from tests.unit.web.test_mapping import HOSTILE, words_of
from web.pages.invoicing_moves import MOST_SHOWN, TO_ADVANCE, TO_ARREARS, find_moves

OURS = {"Sec-Fetch-Site": "same-origin"} | sign_in_headers()
CONNECTION = nights.CONNECTION
ADDRESS = f"/settings/connections/{CONNECTION}"
ARREARS = replace(CONNECTWISE, invoices_in_arrears=True)


def overview(number: int, **options: object) -> CustomerOverview:
    mapping = tenants.make_mapping(number, PREMIUM, "premium", **options)
    return CustomerOverview(nights.make_customer(number, f"Customer {number:04}"), (mapping,), {})


def test_every_line_moves_where_all_agreements_are_turned_round() -> None:
    moves = find_moves(CONNECTWISE, ARREARS, [overview(1), overview(0)])
    assert moves is not None and moves.meanings == (TO_ARREARS,) and not moves.beside
    assert moves.rows == tuple(
        f"Customer 000{each}: Microsoft 365 Business Premium on agreement 40{each}" for each in (0, 1)
    )
    back = find_moves(ARREARS, CONNECTWISE, [overview(0)])
    assert (
        back is not None
        and back.meanings == (TO_ADVANCE,)
        and back.headline.startswith("Nothing was saved yet. For 1 line,")
    )


def test_an_exception_moves_its_own_lines_and_what_is_invoiced_with_it() -> None:
    excepted = replace(CONNECTWISE, arrears_exceptions=("400",))
    moves = find_moves(CONNECTWISE, excepted, [overview(0), overview(1)])
    assert moves is not None and len(moves.rows) == 1 and "agreement 400" in moves.rows[0]
    assert moves.beside == "Agreements that are invoiced with agreement 400 move as well."
    elsewhere = find_moves(CONNECTWISE, replace(CONNECTWISE, arrears_exceptions=("7777",)), [overview(1)])
    assert elsewhere is not None and elsewhere.rows == () and "7777" in elsewhere.beside


def test_nothing_is_asked_where_nothing_can_move() -> None:
    """Turned round with every agreement excepted is the same; so is an ended mapping, another name, another PSA."""
    same = replace(ARREARS, arrears_exceptions=())
    assert find_moves(ARREARS, same, [overview(0)]) is None
    assert find_moves(CONNECTWISE, replace(CONNECTWISE, name="Another"), [overview(0)]) is None
    assert find_moves(CONNECTWISE, ARREARS, []) is None
    assert find_moves(CONNECTWISE, ARREARS, [overview(0, is_ended=True), overview(1, agreement_id="")]) is None
    assert find_moves(None, ARREARS, [overview(0)]) is None
    assert find_moves(AUTOTASK, AUTOTASK, [overview(0)]) is None


def test_what_is_ended_and_still_billed_moves() -> None:
    ended = replace(overview(0, is_ended=True), billed={"m-0-premium": 5})
    assert find_moves(CONNECTWISE, ARREARS, [ended]) is not None


def test_many_lines_are_counted() -> None:
    moves = find_moves(CONNECTWISE, ARREARS, [overview(each) for each in range(MOST_SHOWN + 2)])
    assert moves is not None and len(moves.rows) == MOST_SHOWN and moves.more == "and 2 more lines"


async def send(browse: Open, world: World, **changes: str) -> httpx.Response:
    async with browse(world) as client:
        page = (await client.get(ADDRESS, headers=OURS)).text
        (seal,) = re.findall(r'name="seal" id="seal" value="([^"]+)"', page)
        typed = {
            "name": "ConnectWise",
            "site": CONNECTWISE.site_url,
            "company": "demo",
            "client": CONNECTWISE.client_id,
        }
        return await client.post(ADDRESS, data={**typed, "cycles": "Monthly", "seal": seal, **changes}, headers=OURS)


def kept(world: World) -> ConnectWiseConnection:
    found = world.connections.psa[CONNECTION]
    assert isinstance(found, ConnectWiseConnection)
    return found


async def test_it_is_shown_first_and_saved_once_it_is_ticked(browse: Open) -> None:
    world = make_many()
    asked = await send(browse, world, billing="arrears")
    assert asked.status_code == 409 and not kept(world).invoices_in_arrears and world.audit.entries == []
    words = words_of(asked.text)
    assert "For 1 line, Seatledger would take another period for invoiced already." in words and TO_ARREARS in words
    assert "April counts as the last invoiced month now, and March would." in words
    assert words.count("Save the connection") == 1
    (seal,) = re.findall(r'name="moves" value="([^"]+)" form="connection-form"', asked.text)
    assert (await send(browse, world, billing="arrears", moves="another")).status_code == 409
    assert (await send(browse, world, billing="arrears", moves=seal, exceptions="1305")).status_code == 409
    done = await send(browse, world, billing="arrears", moves=seal)
    assert done.status_code == 303 and kept(world).invoices_in_arrears
    assert len(world.audit.entries) == 1


async def test_a_connection_that_nobody_is_billed_through_is_saved_at_once(browse: Open) -> None:
    world = make_many()
    world.books.mappings.clear()
    assert (await send(browse, world, billing="arrears")).status_code == 303


async def test_hostile_names_are_text(browse: Open) -> None:
    world = make_many()
    world.books.customers = tuple(replace(each, name=HOSTILE) for each in world.books.customers)
    asked = await send(browse, world, billing="arrears")
    assert asked.status_code == 409 and "<script>alert(1)" not in asked.text
