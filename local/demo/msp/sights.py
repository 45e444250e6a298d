"""What is worth a look in the large demo, for somebody who has just started it."""

from __future__ import annotations

SIGHTS = (
    "  Last night: who is unknown and why, who is held, what was written",
    "  Cedar Ridge Law LLP: one licence with two terms, and an addition that was there before us",
    "  Northwind Logistics: more than 999 users, hence a second page",
    "  Kestrel Aviation – Flight Training: billed on a child of another company's agreement",
)
# After a series of nights there is more.
STORIES = (
    "  Harbour Dental Group: two seats bought on 4 November; on the 17th somebody types over our quantity",
    "  Blue Heron Architects: E3 becomes E5, one line falls as the other rises",
    "  Fairview Hotels: Microsoft throttles one part of every batch until 18 November",
    "  Sunny Yoga & Wellness: GDAP runs out on 12 November and is approved again on the 24th",
)


def describe_sights(closed_runs: int) -> tuple[str, ...]:
    return (*SIGHTS, *STORIES) if closed_runs >= 30 else SIGHTS
