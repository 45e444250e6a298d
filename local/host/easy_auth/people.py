"""Who can sign in on this machine, and in which tenant: one person per role of the product."""

from __future__ import annotations

from dataclasses import dataclass

TENANT_ID = "5ea71ed9-0000-4000-8000-000000000001"
CLIENT_ID = "5ea71ed9-0000-4000-8000-000000000002"


@dataclass(frozen=True)
class Person:
    """`key` is what the sign-in form sends."""

    key: str
    name: str
    object_id: str
    user_name: str
    roles: tuple[str, ...]
    does: str


ADMINISTRATOR = Person(
    key="administrator",
    name="Ada Administrator",
    object_id="5ea71ed9-0000-4000-8000-0000000000a1",
    user_name="ada@msp.example",
    roles=("Administrator",),
    does="connects tenants and PSAs, sets people and thresholds",
)
OPERATOR = Person(
    key="operator",
    name="Oskar Operator",
    object_id="5ea71ed9-0000-4000-8000-0000000000a2",
    user_name="oskar@msp.example",
    roles=("Operator",),
    does="maps licences, syncs and approves",
)
READER = Person(
    key="reader",
    name="Rita Reader",
    object_id="5ea71ed9-0000-4000-8000-0000000000a3",
    user_name="rita@msp.example",
    roles=("Reader",),
    does="looks, and changes nothing",
)

PEOPLE = (ADMINISTRATOR, OPERATOR, READER)


def find_person(key: str) -> Person | None:
    return next((person for person in PEOPLE if person.key == key), None)
