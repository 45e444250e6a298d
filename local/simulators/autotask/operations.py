"""The operations that are played, by method and path: roots, children, queries, what is told about entities.

Paths as published, and matched without regard to case (autotask-halo.md 1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from local.simulators.autotask.entities import Entity, entities

ZONE_INFORMATION = "GET /V1.0/ZoneInformation"
VERSIONS = "GET /VersionInformation"
THRESHOLD = "/V1.0/ThresholdInformation"

QUERY = "query"
NEXT = "query/next"
COUNT = "query/count"
ITEM = "{id}"
COLLECTION = ""
INFORMATION = ("entityInformation", "entityInformation/fields", "entityInformation/userDefinedFields")

# What may be written on the entity's own address; all else that may be written is written below its parent.
_ROOT_WRITES = {
    "Companies": ("POST", "PUT", "PATCH"),
    "Contracts": ("POST", "PUT", "PATCH"),
    "ContractServiceAdjustments": ("POST",),
}
# The name below the parent, the entity, the field that names the parent, and what may be written there.
_CHILDREN = (
    ("Companies", "Contacts", "Contacts", ()),
    ("Contracts", "Charges", "ContractCharges", ()),
    ("Contracts", "Notes", "ContractNotes", ()),
    ("Contracts", "ServiceAdjustments", "ContractServiceAdjustments", ("POST",)),
    ("Contracts", "ServiceBundleUnits", "ContractServiceBundleUnits", ()),
    ("Contracts", "ServiceBundles", "ContractServiceBundles", ()),
    ("Contracts", "ServiceUnits", "ContractServiceUnits", ()),
    ("Contracts", "Services", "ContractServices", ("POST", "PUT", "PATCH")),
)
PARENT_FIELDS = {"Companies": "companyID", "Contracts": "contractID"}


@dataclass(frozen=True)
class Address:
    """One path template: what it is about, and which methods it has."""

    template: str
    entity: str | None
    parent: str | None
    kind: str
    methods: tuple[str, ...]


@cache
def addresses() -> tuple[Address, ...]:
    """Templates with fixed words come before those with {id} in their place."""
    made = [Address(THRESHOLD, None, None, THRESHOLD, ("GET",))]
    for entity in entities().values():
        made += _root_addresses(entity)
    for parent, name, entity_name, writes in _CHILDREN:
        made += _child_addresses(parent, name, entities()[entity_name], writes)
    return tuple(sorted(made, key=lambda address: address.template.endswith("{id}")))


def _root_addresses(entity: Entity) -> list[Address]:
    base, name = f"/V1.0/{entity.name}", entity.name
    found = [Address(f"{base}/{kind}", name, None, kind, ("GET",)) for kind in INFORMATION]
    if "R" in entity.rights:
        found += [Address(f"{base}/{kind}", name, None, kind, ("GET", "POST")) for kind in (QUERY, NEXT, COUNT)]
        found.append(Address(f"{base}/{{id}}", name, None, ITEM, ("GET",)))
    if name in _ROOT_WRITES:
        found.append(Address(base, name, None, COLLECTION, _ROOT_WRITES[name]))
    return found


def _child_addresses(parent: str, name: str, entity: Entity, writes: tuple[str, ...]) -> list[Address]:
    base = f"/V1.0/{parent}/{{parentId}}/{name}"
    reads = ("GET",) if "R" in entity.rights else ()
    found = [Address(base, entity.name, parent, COLLECTION, (*reads, *writes))]
    if reads:
        found.append(Address(f"{base}/{{id}}", entity.name, parent, ITEM, reads))
    return found


@cache
def operation_names() -> tuple[str, ...]:
    """Every operation, as counters and faults name them."""
    played = (f"{method} {address.template}" for address in addresses() for method in address.methods)
    return (ZONE_INFORMATION, VERSIONS, *played)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Address], ...]:
    return tuple((_pattern(address.template), address) for address in addresses())


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+)", template), re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What a request is about. `address` is None for a path that is not played."""

    method: str
    address: Address | None
    number: int | None = None
    parent_number: int | None = None

    @property
    def operation(self) -> str:
        return f"{self.method} {'(unknown)' if self.address is None else self.address.template}"

    @property
    def entity(self) -> Entity | None:
        name = None if self.address is None else self.address.entity
        return None if name is None else entities()[name]

    @property
    def is_write(self) -> bool:
        """A query is sent by POST and changes nothing."""
        return self.method != "GET" and self.address is not None and self.address.kind == COLLECTION

    @property
    def is_allowed(self) -> bool:
        return self.address is not None and self.method in self.address.methods


def find_target(method: str, path: str) -> Target:
    """`path` starts with /V1.0; a trailing slash makes no difference."""
    for pattern, address in _patterns():
        if found := pattern.fullmatch(path.rstrip("/")):
            numbers = {name: int(text) for name, text in found.groupdict().items()}
            return Target(method, address, numbers.get("id"), numbers.get("parentId"))
    return Target(method, None)
