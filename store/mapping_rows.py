"""A mapping as a row of `books` keeps it. Pure.

Its part stands under `term`, as it did when a licence could be cut by term alone: null, or the term; one subscription
is an object. Rows of before are read as they are, and a version of before that finds an object there refuses the row,
where it would have billed the whole licence.
"""

from __future__ import annotations

import json
from typing import Any

from profiles.billing import Mapping
from store.codec import adapter_of

KEY_OF_PART = "term"


def encode_mapping(mapping: Mapping) -> bytes:
    """The mapping as JSON."""
    row: dict[str, Any] = adapter_of(Mapping).dump_python(mapping, mode="json")
    row[KEY_OF_PART] = row.pop("part")
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def decode_mapping(text: str | bytes) -> Mapping:
    """The mapping that the JSON stands for. Raises pydantic's ValidationError where it does not fit."""
    row: dict[str, Any] = json.loads(text)
    made: Mapping = adapter_of(Mapping).validate_python({**row, "part": row.pop(KEY_OF_PART, None)})
    return made
