"""Somebody or something else writes the lines that Seatledger writes (billing rules, 5). Pure.

It is known by the marker that it leaves on additions of its own, and by what it does to ours: it sets them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from plans.agreements import Agreement
from plans.alerts.alert import Alert, AlertKind, Severity
from plans.alerts.tenants import MOST_NAMES, CustomerFacts, TenantFacts, make_customer_alert
from plans.edits import complete_own, is_open, select_own
from plans.flips import SetBack, find_set_back
from plans.keys import belongs_to_line, is_ours
from plans.ledger import sum_additions
from profiles.billing import Mapping
from profiles.periods import write_short_day

# Texts that other tools leave in the serial number of what they write (connectwise.md 3; billing rules, 5).
FOREIGN_MARKERS = ("cloudconsole", "unite", "sync365", "sync 365", "pax8")
# One write that is set back may be a person's correction; the line is parked for it. Two are no accident.
LEAST_SET_BACK = 2


def find_second_writers(facts: TenantFacts) -> Iterator[Alert]:
    """Both signs of one."""
    yield from find_marked(facts)
    yield from find_setting_back(facts)


def find_marked(facts: TenantFacts) -> Iterator[Alert]:
    """Another tool's open addition of a product that we bill on the same agreement (billing rules, 5)."""
    for each in facts.customers:
        for agreement in each.agreements:
            ours = {addition.product_id for addition in agreement.additions if is_ours(addition)}
            foreign = [
                addition
                for addition in agreement.additions
                if addition.product_id in ours
                and is_open(addition, facts.today)
                and any(marker in addition.key.lower() for marker in FOREIGN_MARKERS)
            ]
            if foreign:
                named = ", ".join(f"{addition.id} ({addition.key})" for addition in foreign[:MOST_NAMES])
                alert = make_customer_alert(
                    AlertKind.SECOND_WRITER,
                    facts,
                    each,
                    (agreement.id,),
                    (
                        f"On {agreement.name} another tool bills what Seatledger bills: addition {named}.",
                        "End theirs in the PSA, and switch the other tool off",
                    ),
                    Severity.NOW,
                )
                billed = find_billed(each, agreement, {addition.product_id for addition in foreign})
                sku_ids = {mapping.sku_id.lower() for mapping in billed}
                one = billed[0] if len(sku_ids) == 1 else None
                yield alert if one is None else replace(alert, sku_id=one.sku_id, licence_name=one.licence_name)


def find_billed(each: CustomerFacts, agreement: Agreement, product_ids: Set[str]) -> list[Mapping]:
    """The mappings whose additions of these products are on the agreement."""
    return [
        mapping
        for mapping in each.mappings
        if any(belongs_to_line(one, mapping.id) and one.product_id in product_ids for one in agreement.additions)
    ]


def find_setting_back(facts: TenantFacts) -> Iterator[Alert]:
    """A line that was set back after each of our last writes, to what it billed before them."""
    for each in facts.customers:
        for mapping in each.mappings:
            found = None if mapping.is_ended else look_at_line(each, mapping)
            if found is not None and found.times >= LEAST_SET_BACK:
                yield tell_set_back(facts, each, mapping, found)


def look_at_line(each: CustomerFacts, mapping: Mapping) -> SetBack | None:
    """Whether what a line bills now is what it billed before our last write; None as well where one of its agreements
    was not read."""
    journal = each.journals.get(mapping.id)
    if journal is None or not journal.evidence:
        return None
    written, read = journal.written, {agreement.id: agreement for agreement in each.agreements}
    if not {known.agreement_id for known in written.values()} <= read.keys():
        return None
    own = [
        addition
        for agreement in read.values()
        for addition in complete_own(select_own(agreement, mapping.id, written), written, agreement.id)
    ]
    return find_set_back(journal, sum_additions(own).final)


def tell_set_back(facts: TenantFacts, each: CustomerFacts, mapping: Mapping, found: SetBack) -> Alert:
    """The alert about it."""
    seats, price = abs(found.wanted - found.found), each.seat_prices.get(mapping.id)
    days = " and ".join(write_short_day(day) for day in found.days[-LEAST_SET_BACK:])
    sentence = (
        f"{mapping.licence_name} was set back from {found.wanted} to {found.found} after each of the last "
        f"{found.times} writes, those of {days} among them. Somebody or something else writes this line as well."
    )
    words = (sentence, "Find in the PSA who sets it back, and stop that; then put the line right")
    alert = make_customer_alert(AlertKind.SECOND_WRITER, facts, each, (mapping.id, "set back"), words, Severity.NOW)
    return replace(
        alert,
        sku_id=mapping.sku_id,
        licence_name=mapping.licence_name,
        monthly=None if price is None else price * seats,
        seats=seats,
    )
