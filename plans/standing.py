"""What stood on an agreement when a plan was made: what the plan rests on, and what is compared before each write."""

from __future__ import annotations

from dataclasses import dataclass

from plans.agreements import Addition


@dataclass(frozen=True, slots=True)
class Standing:
    """The additions of one agreement that a line's writes rest on, in the order of their ids, without words and prices:
    the line's own, and those of the same product that are no line's of ours."""

    agreement_id: str
    additions: tuple[Addition, ...]
