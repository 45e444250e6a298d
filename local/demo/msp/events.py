"""What can happen to the demo MSP on a day: calls to the simulators' control panels, and acts of its people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from local.demo.msp.autotask import contract_id
from local.demo.msp.customers import BY_TENANT_KEY, Tenant
from local.demo.msp.ids import PARTNER_TENANT, make_id
from local.demo.msp.office import Act
from local.demo.msp.people import make_user
from local.demo.msp.skus import BY_KEY, Kind

type Row = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call to a simulator's control panel; `path` starts behind /__simulator."""

    simulator: Literal["microsoft", "connectwise", "autotask"]
    method: str
    path: str
    body: Row


@dataclass(frozen=True)
class Event:
    """What a person would say about it, and what has to be done for it to be so."""

    sentence: str
    calls: tuple[Call, ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class World:
    """What the simulators hold at the moment."""

    microsoft: Row
    connectwise: Row
    autotask: Row

    def tenant(self, key: str) -> Row:
        tenant_id = BY_TENANT_KEY[key].id
        return next(row for row in self.microsoft["tenants"] if row["id"] == tenant_id)


type Happening = Callable[[World], Event | None]


def buy(key: str, sku_key: str, seats: int, joining: int = 0) -> Happening:
    """More seats of a licence; fewer where the number is negative. None where the tenant has no such purchase."""

    def happen(world: World) -> Event | None:
        bought = find_purchase(world.tenant(key), sku_key)
        if bought is None:
            return None
        total = max(0, bought["totalLicenses"] + seats)
        word = "buys" if seats > 0 else "gives up"
        sentence = f"{name_of(key)} {word} {abs(seats)} {BY_KEY[sku_key].name}: {bought['totalLicenses']} → {total}"
        calls = [change_purchase(key, bought, {"totalLicenses": total})]
        calls += [new_user(key, world, offset, sku_key) for offset in range(joining)]
        return Event(sentence + (f"; {joining} join" if joining else ""), tuple(calls))

    return happen


def move(key: str, old: str, new: str, seats: int) -> Happening:
    """Seats of one licence become seats of another, and users with them."""

    def happen(world: World) -> Event | None:
        tenant = world.tenant(key)
        falling, rising = find_purchase(tenant, old), find_purchase(tenant, new)
        if falling is None or rising is None or falling["totalLicenses"] < seats:
            return None
        calls = [
            change_purchase(key, falling, {"totalLicenses": falling["totalLicenses"] - seats}),
            change_purchase(key, rising, {"totalLicenses": rising["totalLicenses"] + seats}),
        ]
        holders = [user for user in tenant["users"] if {"skuId": BY_KEY[old].id} in user["licenses"]]
        for user in holders[:seats]:
            kept = [held for held in user["licenses"] if held["skuId"] != BY_KEY[old].id]
            calls.append(change_user(key, user["id"], {"licenses": [*kept, {"skuId": BY_KEY[new].id}]}))
        sentence = f"{name_of(key)} moves {seats} seats from {BY_KEY[old].name} to {BY_KEY[new].name}"
        return Event(sentence, tuple(calls))

    return happen


def leave(key: str, place: int = 0) -> Happening:
    """A user's licences are taken away; what was bought stays bought."""

    def happen(world: World) -> Event | None:
        working = [user for user in world.tenant(key)["users"] if user["licenses"] and user["accountEnabled"]]
        if not working:
            return None
        user = working[place % len(working)]
        change = change_user(key, user["id"], {"licenses": [], "accountEnabled": False})
        return Event(f"{user['displayName']} leaves {name_of(key)}", (change,))

    return happen


def join(key: str) -> Happening:
    """A new user with a suite that has a seat to spare."""

    def happen(world: World) -> Event | None:
        spare = find_spare_suite(world.tenant(key))
        if spare is None:
            return None
        call = new_user(key, world, 0, spare)
        return Event(f"{call.body['displayName']} joins {name_of(key)}", (call,))

    return happen


def alter_purchase(key: str, sku_key: str, change: Row, words: str) -> Happening:
    """Something else about a purchase: its status, a trial that is paid for from now on."""

    def happen(world: World) -> Event | None:
        rows = world.tenant(key)["subscriptions"]
        found = next((row for row in rows if row["skuId"] == BY_KEY[sku_key].id), None)
        return None if found is None else Event(f"{name_of(key)}: {words}", (change_purchase(key, found, change),))

    return happen


def alter_tenant(key: str, change: Row, status: str | None, words: str) -> Happening:
    """Something about the tenant itself, and its relationships where `status` is given."""

    def happen(world: World) -> Event:
        tenant_id = BY_TENANT_KEY[key].id
        calls = [Call("microsoft", "PATCH", f"/tenants/{tenant_id}", change)]
        for row in world.microsoft["relationships"]:
            if status is not None and row["customer"]["tenantId"] == tenant_id and row["status"] != "terminated":
                calls.append(Call("microsoft", "PATCH", f"/relationships/{row['id']}", {"status": status}))
        return Event(f"{name_of(key)}: {words}", tuple(calls))

    return happen


def edit_in_psa(key: str, agreement_id: int, quantity: float) -> Happening:
    """A person types another quantity over the oldest one that Seatledger has written, or the old one back."""

    def happen(world: World) -> Event | None:
        ours = [
            row
            for row in world.connectwise["additions"]
            if row["agreementId"] == agreement_id and "serialNumber" in row
        ]
        if not ours:
            return None
        path = f"/agreements/{agreement_id}/additions/{ours[0]['id']}"
        sentence = f"{name_of(key)}: somebody types {quantity:g} over {ours[0]['quantity']:g} of ours in ConnectWise"
        return Event(sentence, (Call("connectwise", "PATCH", path, {"quantity": quantity}),))

    return happen


def adjust_in_autotask(key: str, change: int) -> Happening:
    """A person adjusts the units of a service that Seatledger has made, from the first day on that it has units."""

    def happen(world: World) -> Event | None:
        contract = contract_id(BY_TENANT_KEY[key])
        services = [row for row in world.autotask["contractServices"] if row["contractID"] == contract]
        ours = next((row for row in services if row["internalDescription"]), None)
        if ours is None:
            return None
        rows = world.autotask["contractServiceUnits"]
        first = min(row["startDate"] for row in rows if row["contractServiceID"] == ours["id"])
        path = f"/contractservices/{ours['id']}/adjustments"
        sentence = f"{name_of(key)}: somebody adjusts the units of ours in Autotask by {change:+d}"
        return Event(sentence, (Call("autotask", "POST", path, {"effectiveDate": first[:10], "unitChange": change}),))

    return happen


def decide(key: str, words: str, *acts: Act) -> Happening:
    """What somebody of the MSP does in Seatledger for a customer."""
    return lambda world: Event(f"{name_of(key)}: {words}", acts=acts)


def rule(words: str, *acts: Act) -> Happening:
    """What somebody of the MSP does in Seatledger for all customers."""
    return lambda world: Event(f"The MSP {words}", acts=acts)


def find_purchase(tenant: Row, sku_key: str) -> Row | None:
    """The newest purchase of a licence that we sold and that is in force."""
    rows = [
        row
        for row in tenant["subscriptions"]
        if row["skuId"] == BY_KEY[sku_key].id and row["status"] == "Enabled" and row["ownerTenantId"] == PARTNER_TENANT
    ]
    return rows[-1] if rows else None


def find_spare_suite(tenant: Row) -> str | None:
    for sku in BY_KEY.values():
        bought = find_purchase(tenant, sku.key) if sku.kind is Kind.SUITE else None
        used = sum({"skuId": sku.id} in user["licenses"] for user in tenant["users"])
        if bought is not None and bought["totalLicenses"] > used:
            return sku.key
    return None


def name_of(key: str) -> str:
    return BY_TENANT_KEY[key].name


def change_purchase(key: str, purchase: Row, change: Row) -> Call:
    return Call("microsoft", "PATCH", f"/tenants/{BY_TENANT_KEY[key].id}/subscriptions/{purchase['id']}", change)


def change_user(key: str, user_id: str, change: Row) -> Call:
    return Call("microsoft", "PATCH", f"/tenants/{BY_TENANT_KEY[key].id}/users/{user_id}", change)


def new_user(key: str, world: World, offset: int, sku_key: str) -> Call:
    tenant: Tenant = BY_TENANT_KEY[key]
    number = len(world.tenant(key)["users"]) + offset
    user = make_user(tenant, number, [BY_KEY[sku_key].id])
    user["id"] = make_id("user", key, "joined", number)
    return change_user(key, user.pop("id"), user)
