"""Tables as CSV files that no spreadsheet takes for formulas (S9)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from starlette.responses import Response

from web.wording import clean

type Cell = str | int | Decimal | date | datetime | None

DANGEROUS_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
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
            text = clean(cell)
            return f"'{text}" if cell.startswith(DANGEROUS_STARTS) or text.startswith(DANGEROUS_STARTS) else text
