"""Microsoft's display names of licences by part number, from its published list of products (`notify/data`)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from notify.wording import clean

FILE = Path(__file__).parent / "data" / "licence_names.csv"


@cache
def load_names() -> dict[str, str]:
    """Read once per process."""
    with FILE.open(encoding="utf-8", newline="") as opened:
        return {row["part_number"]: row["name"] for row in csv.DictReader(opened)}


def name_licence(part_number: str) -> str:
    """The display name; the part number itself where Microsoft lists none."""
    return load_names().get(part_number) or clean(part_number) or "A licence without a name"
