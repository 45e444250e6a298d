"""What happens to the demo MSP between one night and the next: the story of November 2026, and what recurs.

Everything follows from the day and from what the simulators hold, so that a story may be stopped and gone on with.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from local.demo.msp.customers import ADDED, BY_TENANT_KEY, IN_CONNECTWISE
from local.demo.msp.events import (
    Call,
    Event,
    Happening,
    World,
    adjust_in_autotask,
    alter_purchase,
    alter_tenant,
    buy,
    decide,
    edit_in_psa,
    join,
    leave,
    move,
    rule,
)
from local.demo.msp.office import ApproveHold, Exclude, MapLicence, MoveMapping, SetPrice, SwitchOn
from local.demo.msp.periods import first_of_next_month
from local.demo.msp.product import make_mapping, mapping_id, profile_id
from local.demo.msp.psa import microsoft_agreement, services_agreement
from local.demo.msp.skus import BY_KEY
from profiles.billing import DatedPrice

EARLY_INVOICING_DAY = 25
# The MSP invoices these customers' next month a week ahead.
INVOICED_EARLY = ("harbour-dental", "blue-heron", "cedar-ridge-law", "lakeside-vet")
# Those of the MSP that was taken over have a story of their own, and no share in what recurs.
COMING_AND_GOING = tuple(tenant for tenant in IN_CONNECTWISE if tenant.added)
INVOICING_DAYS = {1, *(tenant.invoice_day for tenant in ADDED)}


def licences_of(key: str) -> int:
    """The agreement that a customer's licences are billed on."""
    return microsoft_agreement(BY_TENANT_KEY[key])


def approve(key: str, sku_key: str, words: str, reason: str) -> Happening:
    """Somebody looks at what waits of a licence, and allows it."""
    return decide(key, words, ApproveHold(key, mapping_id(key, sku_key), reason))


def map_licence(key: str, sku_key: str) -> Happening:
    """Somebody maps a licence that nobody had mapped."""
    tenant = BY_TENANT_KEY[key]
    holding = next(each for each in tenant.holdings if each.key == sku_key)
    fields = make_mapping(tenant, holding, None)
    return decide(key, f"somebody maps {holding.sku.name}", MapLicence(key, fields))


EXCHANGE_TO_SERVICES = MoveMapping(
    "obrien-plumbing", mapping_id("obrien-plumbing", "P1"), str(services_agreement(BY_TENANT_KEY["obrien-plumbing"]))
)
COPILOT_PRICE = SetPrice(profile_id(BY_KEY["COPILOT"]), DatedPrice(date(2026, 12, 1), Decimal("34.50")))

STORY: dict[date, tuple[Happening, ...]] = {
    date(2026, 11, 3): (approve("granite-credit-union", "E5", "the rise after adoption is approved", "They did grow"),),
    date(2026, 11, 4): (buy("harbour-dental", "BP", 2, joining=2),),
    date(2026, 11, 5): (buy("delta-print", "BS", -3), buy("shalom-trading", "BS", 2, joining=1)),
    date(2026, 11, 6): (
        buy("cedar-ridge-law", "BP", 2, joining=2),
        buy("blue-heron", "E5", 3, joining=3),
        buy("alder-grove", "BP", 2, joining=2),
    ),
    date(2026, 11, 9): (
        alter_tenant("riverbend-clinic", {"signInError": None}, "active", "GDAP is approved again"),
        buy("mueller-soehne", "BP", -2),
        move("kestrel-aviation", "E3", "E5", 3),
    ),
    date(2026, 11, 10): (
        move("blue-heron", "E3", "E5", 4),
        buy("bits-bytes", "PROJECT", -1),
        buy("pinewood-property", "BP", 14, joining=9),
    ),
    date(2026, 11, 11): (buy("ironworks", "BP", -10), buy("brightwater-law", "BS", -2)),
    date(2026, 11, 12): (
        alter_tenant("sunny-yoga", {"signInError": 50020}, "expired", "GDAP runs out"),
        approve("pinewood-property", "BP", "the rise of Business Premium is approved", "They bought a competitor"),
        decide("obrien-plumbing", "Exchange Online moves to the Managed Services agreement", EXCHANGE_TO_SERVICES),
    ),
    date(2026, 11, 13): (buy("northwind-logistics", "F3", 40, joining=25), buy("copper-hill", "E3", 2, joining=1)),
    date(2026, 11, 16): (
        alter_purchase("old-mill-brewery", "BS", {"status": "Enabled", "partnerStatus": None}, "renews out of grace"),
        buy("maple-street-school", "E3", 2, joining=2),
    ),
    date(2026, 11, 17): (
        edit_in_psa("harbour-dental", licences_of("harbour-dental"), 15.0),
        adjust_in_autotask("dovetail-homes", 1),
    ),
    date(2026, 11, 18): (
        alter_tenant("fairview-hotels", {"throttled": None}, None, "Microsoft throttles no longer"),
        buy("maple-street-school", "E3", -2),
        map_licence("kestrel-aviation", "E5"),
    ),
    date(2026, 11, 19): (
        rule("raises the price of Copilot to 34.50 from 1 December", COPILOT_PRICE),
        decide("shalom-trading", "is observed no longer", SwitchOn("shalom-trading")),
    ),
    date(2026, 11, 20): (
        alter_purchase("lakeside-vet", "COPILOT", {"isTrial": False, "totalLicenses": 5}, "the Copilot trial is paid"),
        rule(
            "gives Entra ID P1 away from now on, to everybody", Exclude(BY_KEY["ENTRA"].id, "Part of Managed Services")
        ),
        edit_in_psa("harbour-dental", licences_of("harbour-dental"), 12.0),
        adjust_in_autotask("dovetail-homes", -1),
    ),
    date(2026, 11, 23): (
        alter_purchase("evergreen", "BB", {"status": "Deleted", "totalLicenses": 0}, "cancels Business Basic"),
        approve("riverbend-clinic", "ENTRA", "ending Entra ID P1 is approved", "It is given away now"),
    ),
    date(2026, 11, 24): (alter_tenant("sunny-yoga", {"signInError": None}, "active", "GDAP is approved again"),),
    date(2026, 11, 26): (buy("kestrel-aviation", "E3", 5, joining=4), buy("lakeside-vet", "BS", -2)),
    date(2026, 11, 28): (alter_tenant("summit-tax", {"signInError": None}, None, "consents to the application"),),
}


def plan_day(day: date, world: World) -> list[Event]:
    """Everything noteworthy that happens in the course of a day, after its night."""
    happenings = [*STORY.get(day, ()), *plan_routine(day)]
    told = [event for happening in happenings if (event := happening(world)) is not None]
    return [*told, *plan_invoicing(day)]


def plan_routine(day: date) -> list[Happening]:
    """On working days somebody joins or leaves, and now and then a customer buys a seat."""
    if day.weekday() > 4:
        return []
    chance = Random(day.isoformat())
    key = chance.choice(COMING_AND_GOING).key
    happenings = [join(key) if chance.random() < 0.6 else leave(key, chance.randrange(20))]
    if chance.random() < 0.3:
        buyer = chance.choice([tenant for tenant in COMING_AND_GOING if tenant.holdings[0].seats < 100])
        happenings.append(buy(buyer.key, buyer.holdings[0].key, 1, joining=1))
    return happenings


def plan_invoicing(day: date) -> list[Event]:
    """Some customers are invoiced a week ahead of the month, some on the fifteenth, all others on its first day."""
    if day.day == EARLY_INVOICING_DAY:
        through = first_of_next_month(day).isoformat()
        agreements = [licences_of(key) for key in INVOICED_EARLY]
        call = Call("connectwise", "POST", "/invoice", {"date": through, "agreements": agreements})
        return [Event(f"ConnectWise invoices {len(agreements)} agreements ahead, through {through}", (call,))]
    if day.day in INVOICING_DAYS:
        call = Call("connectwise", "POST", "/invoice", {"date": day.isoformat()})
        posting = Call("autotask", "POST", "/invoice", {"date": day.isoformat()})
        return [
            Event("ConnectWise invoices every agreement that is due", (call,)),
            Event("Autotask posts and invoices everything that has begun", (posting,)),
        ]
    return []
