"""What is worth a look in the large demo, for somebody who has just started it."""

from __future__ import annotations

SIGHTS = (
    "  Last night: who is unknown and why, who is held, what was written",
    "  Approvals: Cedar Ridge Law and Pinewood Property have additions that nobody adopted, Granite Credit Union's was",
    "  Shalom Trading: observed, so that nothing is written",
    "  Northwind Logistics: more than 999 users, hence a second page",
    "  Kestrel Aviation – Flight Training: billed on a child of another company's agreement",
)
# After a series of nights there is more.
STORIES = (
    "  Approvals: Ironworks drops by a third, Evergreen cancels a licence, Coastal Marine adopted too many seats",
    "  Credit proposals: Lakeside Veterinary gave up two seats after December was invoiced",
    "  Scheduled: Delta Print House and Bits < Bytes have fewer seats once November is invoiced",
    "  Müller & Söhne: two seats given up on 9 November wait for the invoice of the 15th",
    "  Kestrel Aviation: E3 became E5 while nobody had mapped E5, and went down only when somebody had",
    "  Blue Heron Architects: E3 becomes E5; on 26 November three E5 lines become one, at a new price",
    "  Pinewood Property: fourteen seats more were held on 11 November, approved on the 12th",
    "  O'Brien Plumbing: Exchange Online moves to another agreement on 1 December",
    "  Maple Street School: two seats bought on 16 November and given back on the 18th are billed for two days",
    "  Harbour Dental Group: on 17 November somebody types over our quantity, on the 20th it is put back",
    "  Sunny Yoga & Wellness: GDAP runs out on 12 November and is approved again on the 24th",
)


def describe_sights(closed_runs: int) -> tuple[str, ...]:
    return (*SIGHTS, *STORIES) if closed_runs >= 30 else SIGHTS
