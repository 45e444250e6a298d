"""Tables as CSV files that no spreadsheet takes for formulas (S9)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from starlette.responses import Response

from web.wording import clean

type Cell = str | int | Decimal | date | datetime | None

# Where a formula may begin: at the start of a cell, and behind what parts cells in other countries' spreadsheets, which
# let quotes and spaces stand before it. An apostrophe that stands there already counts, so that ours can be told apart.
# Wide letters are what a Japanese or Chinese spreadsheet takes for the plain ones.
FORMULA = r"(?='*+[ \"]*+[=+\-@\uff1d\uff0b\uff0d\uff20])"
STARTS = re.compile(rf"(^|[;|]){FORMULA}")
DEFUSED = re.compile(rf"(^|[;|])'{FORMULA}")
BYTE_ORDER_MARK = "\ufeff"


def make_csv(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The rows as a download. The byte order mark tells Excel that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([defuse(each) for each in header])
    writer.writerows([defuse(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response((BYTE_ORDER_MARK + text.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def defuse(cell: Cell) -> str | int:
    """A number stays a number; a text that a spreadsheet would calculate gets an apostrophe."""
    match cell:
        case None:
            return ""
        case int():
            return cell
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return cell.isoformat(sep=" ", timespec="seconds")
        case date():
            return cell.isoformat()
        case _:
            # Tabs, which part cells as well, are spaces by now.
            return STARTS.sub(r"\1'", clean(cell))


def take_back(text: str) -> str:
    """A text as it was before `defuse`, exactly."""
    return DEFUSED.sub(r"\1", text)
