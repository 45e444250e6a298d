"""The entities that are played, with their fields: names and types as published, lengths and picklists as reported.

Sources: the published description (../shared/specs), which has neither lengths nor required nor read-only fields nor
picklists; those are from autotask-halo.md 2, and stand in `fields.json`. ContractNotes and Invoices are not in the
published description: their fields are the plain ones of the entity pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("fields.json")


@dataclass(frozen=True)
class Field:
    """`type` is one of long, integer, double, boolean, datetime and string; `picklist` is labels by value."""

    name: str
    type: str
    length: int | None = None
    required: bool = False
    read_only: bool = False
    queryable: bool = True
    picklist: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Entity:
    """`rights` are letters of "CRUD"; `user_defined` is None where the entity can have no such fields."""

    name: str
    fields: Mapping[str, Field]
    rights: str
    user_defined: tuple[Mapping[str, Any], ...] | None

    @property
    def collection(self) -> str:
        """Where its records lie in the state."""
        return self.name[0].lower() + self.name[1:]

    @property
    def model(self) -> str:
        """The name of one of them, as errors say it."""
        return self.name.removesuffix("ies") + "y" if self.name.endswith("ies") else self.name.removesuffix("s")

    def find_field(self, name: str) -> Field | None:
        """Names are matched without regard to case."""
        return self.fields.get(name.lower())


@cache
def entities() -> Mapping[str, Entity]:
    """Every entity, by its name."""
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return {name: _entity(name, entry) for name, entry in raw.items()}


def _entity(name: str, entry: Mapping[str, Any]) -> Entity:
    fields = {field.lower(): _field(field, members) for field, members in entry["fields"].items()}
    extra = entry["userDefined"]
    return Entity(name, fields, entry["rights"], None if extra is None else tuple(extra))


def _field(name: str, members: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        type=members["type"],
        length=members.get("length"),
        required=members.get("required", False),
        read_only=members.get("readOnly", False),
        queryable=members.get("queryable", True),
        picklist=members.get("picklist"),
    )
