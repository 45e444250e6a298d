"""A scenario in words, made smaller, and whether the rules decide it to the cent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from tests.oracle.counting import count_steps, net_days
from tests.oracle.facts import ONE_DAY, Reading, Scenario, find_period
from tests.oracle.invoicing import ExpectedInvoice

NIGHTS_TO_ACT = timedelta(days=5)


def describe(scenario: Scenario) -> str:
    """The story, one event a line in its order; equal readings of following nights share a line.

    `repr(scenario)` is the same as a Python expression.
    """
    prices = ", ".join(f"{price.amount} from {price.valid_from}" for price in scenario.prices)
    lines = [
        f"{scenario.mode}, periods from day {scenario.anchor}, price {prices}, bills from {scenario.start}"
        + (f" to before {scenario.ends}" if scenario.ends else ""),
        f"proration {'on' if scenario.prorates else 'off'}, credits {'on' if scenario.credits_on else 'off'}",
    ]
    done = 0
    for invoice in scenario.invoices:
        lines += _tell_readings(scenario.readings[done : invoice.seen])
        period = find_period(invoice.period, scenario.anchor)
        lines.append(f"{invoice.made}  INVOICE of {period.start} to {period.end - ONE_DAY}")
        done = invoice.seen
    return "\n".join([*lines, *_tell_readings(scenario.readings[done:])])


def explain(expected: ExpectedInvoice) -> str:
    """One expected invoice with its lines, so that a difference can be read."""
    lines = [f"invoice of {expected.period.start}, made {expected.invoice.made}: {expected.amount}"]
    for line in expected.lines:
        spans = " + ".join(f"{span.days}/{span.of} ({span.first} to {span.last})" for span in line.spans)
        since = "base" if line.since is None else f"since {line.since}"
        lines.append(f"  {line.seats} seats, {since}: {line.price} x {spans} = {line.amount}")
    return "\n".join(lines)


def judge_scope(scenario: Scenario) -> tuple[str, ...]:
    """Why the rules alone do not decide the scenario to the cent; empty when they do.

    An undated change, a scheduled one and a roll-up need a night that reads after one invoice and well before the
    next. Two readings on a day are decided only where netting the day can change nothing that was written meanwhile.
    A start-date override inside a period that was invoiced before anything was read is held for a person.
    """
    known = [number for number, reading in enumerate(scenario.readings) if reading.quantity is not None]
    found = [
        f"Nothing is read in the {NIGHTS_TO_ACT.days} days after the invoice made on {invoice.made}."
        for invoice in scenario.invoices[:-1]
        if any(number < invoice.seen for number in known)
        and not any(
            number >= invoice.seen and scenario.readings[number].day <= invoice.made + NIGHTS_TO_ACT for number in known
        )
    ]
    found += [
        f"The invoice made on {invoice.made} stands between two readings of its day."
        for invoice in scenario.invoices
        if 0 < invoice.seen < len(scenario.readings)
        and scenario.readings[invoice.seen - 1].day == scenario.readings[invoice.seen].day
    ]
    if known and scenario.readings[known[0]].day < scenario.start:
        found += [
            f"The bill shall start on {scenario.start}, in a period that was invoiced on {invoice.made} already."
            for invoice in scenario.invoices
            if invoice.seen <= known[0] and scenario.start < find_period(invoice.period, scenario.anchor).end
        ]
    return (*found, *_judge_days(scenario, known))


def shrink(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    """The smallest scenario found by leaving out invoices and readings for which `fails` still says True."""
    for smaller in _list_smaller(scenario):
        if fails(smaller):
            return shrink(smaller, fails)
    return scenario


def _list_smaller(scenario: Scenario) -> Iterator[Scenario]:
    if len(scenario.invoices) > 1:
        yield replace(scenario, invoices=scenario.invoices[:-1])
    size = len(scenario.readings) // 2
    while size:
        for first in range(0, len(scenario.readings), size):
            yield _leave_out(scenario, first, min(first + size, len(scenario.readings)))
        size //= 2


def _leave_out(scenario: Scenario, first: int, end: int) -> Scenario:
    return replace(
        scenario,
        readings=scenario.readings[:first] + scenario.readings[end:],
        invoices=tuple(
            replace(invoice, seen=invoice.seen - max(0, min(invoice.seen, end) - first))
            for invoice in scenario.invoices
        ),
    )


def _tell_readings(readings: tuple[Reading, ...]) -> list[str]:
    runs: list[tuple[date, date, int | None]] = []
    for reading in readings:
        if runs and runs[-1][2] == reading.quantity and runs[-1][1] + ONE_DAY == reading.day:
            runs[-1] = (runs[-1][0], reading.day, reading.quantity)
        else:
            runs.append((reading.day, reading.day, reading.quantity))
    return [
        f"{first}{'' if first == last else f' to {last}'}  {'unknown' if quantity is None else f'{quantity} seats'}"
        for first, last, quantity in runs
    ]


def _judge_days(scenario: Scenario, known: list[int]) -> list[str]:
    """Days with several known readings on which netting could undo something that was written in between."""
    readings = scenario.readings
    last_of_day = {day: number for number, day, _ in net_days(readings)}
    found = []
    for number, following in pairwise(known):
        day = readings[number].day
        if day != readings[following].day:
            continue
        if _is_decrease_open(readings, day):
            found.append(f"The second reading of {day} changes what the first one confirms.")
        quantity, last = readings[number].quantity, readings[last_of_day[day]].quantity
        later = next((other for other in known if readings[other].day > day), None)
        if quantity is not None and last is not None and quantity > last and later is not None:
            found += [
                f"An invoice is made on {invoice.made}, before {day}'s seats are seen to stay away."
                for invoice in scenario.invoices
                if number < invoice.seen <= later
            ]
    return list(dict.fromkeys(found))


def _is_decrease_open(readings: tuple[Reading, ...], day: date) -> bool:
    """True when the last known night before `day` read less than was counted."""
    earlier = [reading for reading in readings if reading.day < day]
    nights = net_days(earlier)
    steps = count_steps(earlier)
    return bool(nights) and bool(steps) and nights[-1][2] < steps[-1].level
