"""By which rules a line owes on an agreement, night after night (billing rules, 3).

A changed proration flag, credit option or billing cycle counts from the night that first knew it: what was owed before
was settled by the rules of its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import zip_longest

from plans.agreements import AgreementFacts
from plans.counts import Count, Terms, list_terms
from plans.inputs import LineInput, Surroundings
from plans.owed import OwedPolicy, owe_over_time
from plans.timeline import Timeline, replace_from
from profiles.billing import Mapping

type Policies = tuple[tuple[date, OwedPolicy], ...]


def make_terms(mapping: Mapping, facts: AgreementFacts) -> Terms | None:
    """What a night keeps beside a count; None where nobody knows the agreement's periods."""
    if facts.grid is None:
        return None
    prorates = facts.prorates and mapping.prorates
    return Terms(mapping.agreement_id, facts.grid.as_one(), prorates, mapping.gives_credits, mapping.starts_on)


def list_policies(line: LineInput, agreement_id: str, around: Surroundings) -> Policies:
    """How the line owed on an agreement, each policy with the day of its first night; the first one holds from ever.

    On an agreement that it left, by the last terms that were known there. One whose periods nobody knows tonight owes
    by what is known of it tonight alone.
    """
    policies: list[tuple[date, OwedPolicy]] = []
    for day, terms in list_terms(line.journal.counts):
        policy = OwedPolicy(terms.grid, terms.prorates, terms.gives_credits)
        if terms.agreement_id == agreement_id and (not policies or policies[-1][1] != policy):
            policies.append((day, policy))
    now = find_policy(line, agreement_id, around)
    is_home = agreement_id == line.mapping.agreement_id
    if not policies or (is_home and now.grid is None):
        return ((date.min, now),)
    if is_home and policies[-1][1] != now:
        policies.append((around.today, now))
    return tuple(policies)


def find_policy(line: LineInput, agreement_id: str, around: Surroundings) -> OwedPolicy:
    """How the line owes there tonight: by that agreement's periods, by its own one's where nobody reads that."""
    agreement = around.agreements.get(agreement_id) or around.agreements[line.mapping.agreement_id]
    facts = agreement.facts
    grid = None if facts.grid is None else facts.grid.as_one()
    return OwedPolicy(grid, facts.prorates and line.mapping.prorates, line.mapping.gives_credits)


def owe_on(counts: Sequence[Count], policies: Policies, days: Timeline) -> Timeline:
    """What is owed on the days that belong to a place; its first period there begins with the line's first day."""
    owed = Timeline()
    for start, end in list_spans(days):
        own = policies if start == date.min else begin_on(policies, start)
        owed = replace_from(owed, start, owe_over_time(counts, own))
        owed = owed if end is None else replace_from(owed, end, Timeline())
    return owed


def begin_on(policies: Policies, start: date) -> Policies:
    """The policies of a line that comes to an agreement on a day: the one of that day begins with it."""
    by_then = [policy for day, policy in policies if day <= start] or [policies[0][1]]
    later = [(day, policy) for day, policy in policies if day > start and policy != by_then[-1]]
    return ((start, replace(by_then[-1], begins_on=start)), *later)


def list_spans(days: Timeline) -> Iterator[tuple[date, date | None]]:
    """The stretches of days, as `[start, end)`; None for no end."""
    for (start, is_own), end in zip_longest(days.steps, days.days[1:]):
        if is_own:
            yield start, end
