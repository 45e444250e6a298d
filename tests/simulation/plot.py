"""What one seed's story is made of, drawn before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tests.simulation.accounts import Terms
from tests.simulation.faults import Faults

BAD_NIGHTS = 8
CLEAN_NIGHTS = 2
# A month's end, a change of the clocks and the end of February are within ten nights of some of these.
FIRST_DAYS = (date(2026, 10, 24), date(2026, 11, 3), date(2026, 11, 24), date(2027, 2, 22), date(2027, 3, 9))
PARENT_ID = 1304
ANSWERS = {
    "psa POST:lost": 0.12,
    "psa POST:late": 0.12,
    "psa POST:slow": 0.05,
    "psa POST:reset": 0.05,
    "psa POST:429": 0.04,
    "psa POST:500": 0.04,
    "psa POST:404-after": 0.03,
    "psa PATCH:lost": 0.12,
    "psa PATCH:late": 0.12,
    "psa PATCH:slow": 0.05,
    "psa PATCH:reset": 0.05,
    "psa PATCH:429": 0.04,
    "psa PATCH:500": 0.04,
    "psa PATCH:404-after": 0.03,
    "psa GET:short": 0.03,
    "psa GET:reset": 0.03,
    "psa GET:503": 0.03,
    "psa GET:429": 0.03,
    "microsoft token:refused": 0.04,
    "microsoft token:reset": 0.03,
    "microsoft batch:503": 0.03,
    "microsoft batch:part-403": 0.04,
    "microsoft batch:part-429": 0.03,
    "microsoft batch:part-empty": 0.03,
    "microsoft batch:part-missing": 0.03,
    "microsoft batch:wrong-tenant": 0.03,
}


@dataclass(frozen=True)
class Plot:
    """What happens in a story, besides what breaks by chance.

    `invoices` are (agreement, hours after the first midnight). In `outage_night`, if any, ConnectWise answers nobody.
    `kill_nights` are nights in which a worker dies for certain. Chances are per night, `move_chance` per mapping and
    night; a second run begins within `beside_seconds` of the night. `adopted` is a mapping that begins with an addition
    that a person had made. `is_short`: see wires.
    """

    first_day: date
    terms: tuple[Terms, ...]
    bad_nights: int = BAD_NIGHTS
    clean_nights: int = CLEAN_NIGHTS
    invoices: tuple[tuple[int, float], ...] = ()
    outage_night: int | None = None
    kill_nights: frozenset[int] = frozenset()
    move_chance: float = 0.35
    second_run_chance: float = 0.0
    beside_seconds: float = 900.0
    stall_chance: float = 0.0
    edit_chance: float = 0.0
    decision_chance: float = 0.0
    tenant_out_chance: float = 0.0
    adopted: str | None = None
    is_short: bool = True
    answers: dict[str, float] = field(default_factory=lambda: dict(ANSWERS))


def draw_plot(random: Random) -> Plot:
    """The plot of a seed."""
    terms = draw_terms(random)
    return Plot(
        first_day=random.choice(FIRST_DAYS),
        terms=terms,
        invoices=draw_invoices(random, terms),
        outage_night=random.choice((None, None, random.randrange(BAD_NIGHTS))),
        kill_nights=frozenset(random.sample(range(BAD_NIGHTS), 3)),
        move_chance=random.choice((0.2, 0.5, 0.8)),
        stall_chance=random.choice((0.0, 0.0, 0.01)),
        second_run_chance=random.choice((0.0, 0.0, 0.3)),
        edit_chance=random.choice((0.0, 0.0, 0.0, 0.2)),
        decision_chance=random.choice((0.0, 0.3)),
        tenant_out_chance=random.choice((0.0, 0.15)),
        adopted=random.choice((None, None, "customer-2-spb")),
        is_short=random.random() > 0.02,
    )


def draw_terms(random: Random) -> tuple[Terms, ...]:
    """Three customers, or four: with two mappings, in arrears with credits, without proration, on a child agreement."""
    first_credits: frozenset[str] = random.choice((frozenset(), frozenset({"o365"})))
    terms = [
        Terms(1, ("o365", "spb"), credits=first_credits),
        Terms(2, is_in_arrears=True, credits=frozenset({"spb"}) - first_credits),
        Terms(3, prorates=False),
    ]
    if random.random() < 0.25:
        terms.append(Terms(4, parent_id=PARENT_ID))
    return tuple(terms)


def draw_invoices(random: Random, terms: tuple[Terms, ...]) -> tuple[tuple[int, float], ...]:
    """One invoice of each agreement, now and then two: by day, or in the very minutes of a night."""
    invoices = []
    for each in terms:
        for _ in range(random.choice((1, 1, 1, 2))):
            night = random.randrange(BAD_NIGHTS - 1)
            hour = random.choice((2 + random.uniform(0.0, 0.05), random.uniform(8.0, 24.0)))
            invoices.append((each.parent_id or each.agreement_id, 24 * night + hour))
    return tuple(invoices)


def make_faults(random: Random, plot: Plot) -> Faults:
    """What may break in this seed: each kind is on in some seeds and off in others, so that they meet and part."""
    return Faults(
        random=random,
        kill_chance=random.choice((0.0, 0.002, 0.006)),
        double_delivery_chance=random.choice((0.0, 0.05, 0.2)),
        engine_loss_chance=random.choice((0.0, 0.0, 0.02)),
        answer_chances={name: chance for name, chance in plot.answers.items() if random.random() < 0.5},
        stall_chance=plot.stall_chance,
        kills_left=random.randint(1, 6),
        yield_chance=random.choice((0.0, 0.1, 0.1, 1.0)),
    )


def find_next_invoice(first_day: date) -> date:
    """The first of the month after the first day: in advance, this month is invoiced already."""
    return (first_day.replace(day=1) + timedelta(days=32)).replace(day=1)
