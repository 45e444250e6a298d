"""The last days of old additions that ended with their period, as they were written."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from plans.ports import Outside
from web.pages.listing import Listing
from web.pages.tools.old_list import ENDED_WORD, WITH_PERIOD, EndedRow
from web.wording import write_short_day


async def date_ends(outside: Outside, listing: Listing[EndedRow]) -> Listing[EndedRow]:
    """The same screen; a row that ended with its period says on which day. Only the rows of the screen are read."""
    days = dict(await asyncio.gather(*(read_end(outside, row) for row in listing.page.rows)))
    return listing.show(lambda row: replace(row, when=days[row.tick, row.name]))


async def read_end(outside: Outside, row: EndedRow) -> tuple[tuple[str, str], str]:
    """A row's key on the screen, and when it ends in words; without a day where none was written yet."""
    if row.when != WITH_PERIOD or row.word != ENDED_WORD:
        return (row.tick, row.name), row.when
    mapping_id, _, customer_id = row.tick.partition(":")
    journal = await outside.books.read_line(customer_id, mapping_id)
    days = [each.addition.cancelled_on for each in journal.written.values() if each.addition.cancelled_on]
    said = f"{row.when}, on {write_short_day(max(days))}" if days else row.when
    return (row.tick, row.name), said
