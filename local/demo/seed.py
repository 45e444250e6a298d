"""Tells an empty Seatledger about a demo MSP: one connection, one partner account, profiles, customers, mappings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app import clock
from local.demo.demos import DEMO_ZONE, EMPTY, FIRST, make_product_seed
from local.simulators.mail.server import HOST as SMTP_HOST
from local.simulators.mail.server import USER as SMTP_USER
from local.simulators.secret_files import MAIL_PASSWORD
from plans.alerts.notifications import Notifications, Recipient
from plans.connecting import AutotaskConnection, ConnectWiseConnection, PartnerAccount, PsaConnection
from plans.journal import Adoption, HistoryEntry
from plans.mail_channels import Encryption, SmtpSettings
from profiles.billing import BillingProfile, Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.exclusions import LicenceExclusion
from store.alerts import TableAlerts
from store.books import TableBooks
from store.codec import decode
from store.configuration import TableConfiguration
from store.mail_settings import TableMailSettings
from store.storage import Storage


@dataclass(frozen=True)
class Sites:
    """Where the PSAs are played: their origins."""

    connectwise_url: str
    autotask_url: str


async def load_seed(connection_string: str, sites: Sites, demo: str = FIRST, smtp_port: int | None = None) -> None:
    """Make the tables, and put in what of the seed is not there yet: what a person changed stays. Where the simulators
    listen is told anew every time, to connections that a person made as well. The empty demo gets tables only.
    """
    async with Storage.from_connection_string(connection_string) as storage:
        await storage.prepare()
        config = storage.table("config")
        configuration = TableConfiguration(config)
        for each in await configuration.list_connections():
            await configuration.save_connection(find_at(each, sites))
        if smtp_port is not None:
            await set_up_mail(TableMailSettings(config), smtp_port, demo)
        if demo == EMPTY:
            return
        seed = make_product_seed(demo)
        account = make(PartnerAccount, seed["partner_account"])
        if account.id not in {each.id for each in await configuration.list_partner_accounts()}:
            await configuration.save_partner_account(account)
        known = {each.id for each in await configuration.list_connections()}
        for connection in list_connections(seed, sites):
            if connection.id not in known:
                await configuration.save_connection(connection)
        books = TableBooks(storage.table("books"), config, storage.container(), clock.utc_now)
        if await books.list_customers():
            return
        for profile in seed["profiles"]:
            await configuration.save_profile(make(BillingProfile, profile), None)
        for exclusion in seed.get("exclusions", ()):
            await configuration.save_exclusion(make(LicenceExclusion, exclusion))
        recipients = tuple(make(Recipient, each) for each in seed.get("recipients", ()))
        await TableAlerts(storage.table("open"), config).save_notifications(Notifications(recipients))
        for customer in seed["customers"]:
            await save_customer(books, customer)


def find_at(connection: PsaConnection, sites: Sites) -> PsaConnection:
    """The connection with the address at which its PSA is played now."""
    match connection:
        case ConnectWiseConnection():
            return replace(connection, site_url=sites.connectwise_url)
        case AutotaskConnection():
            return replace(connection, zone_url=sites.autotask_url)


def list_connections(seed: Mapping[str, Any], sites: Sites) -> list[PsaConnection]:
    """The PSA connections of the seed."""
    found: list[PsaConnection] = [
        make(ConnectWiseConnection, {**seed["connection"], "site_url": sites.connectwise_url})
    ]
    if "autotask" in seed:
        found.append(make(AutotaskConnection, {**seed["autotask"], "zone_url": sites.autotask_url}))
    return found


async def set_up_mail(mail: TableMailSettings, smtp_port: int, demo: str) -> None:
    """Mail leaves by the stand-in, at the port where it listens now, unless a person said otherwise."""
    kept = await mail.read_settings()
    if isinstance(kept, SmtpSettings) and kept.host == SMTP_HOST:
        await mail.save_settings(replace(kept, port=smtp_port))
    elif kept is None and demo != EMPTY:
        await mail.save_settings(mail_of_demo(smtp_port))


def mail_of_demo(smtp_port: int) -> SmtpSettings:
    """The MSP's own mail server, which the stand-in plays."""
    return SmtpSettings(
        host=SMTP_HOST,
        port=smtp_port,
        encryption=Encryption.STARTTLS,
        sender="seatledger@demomsp.example",
        user=SMTP_USER,
        password_secret=MAIL_PASSWORD,
    )


def make[T](kind: type[T], fields: Mapping[str, Any]) -> T:
    """The value that fields of the seed stand for; those that are left out have their defaults."""
    return decode(kind, json.dumps(fields))


async def save_customer(books: TableBooks, fields: Mapping[str, Any]) -> None:
    """A customer of the seed with its mappings, and what was adopted for them."""
    customer = {name: value for name, value in fields.items() if name not in ("mappings", "adoptions")}
    mappings = [make(LicenceMapping, {**mapping, "customer_id": fields["id"]}) for mapping in fields["mappings"]]
    await books.save_customer(make(Customer, customer), mappings)
    for adoption in fields.get("adoptions", ()):
        await adopt(books, fields["id"], make(Adoption, adoption))


async def adopt(books: TableBooks, customer_id: str, adoption: Adoption) -> None:
    """An adoption of the seed, and what the customer's history says of it."""
    ids = ", ".join(addition.id for addition in adoption.additions)
    sentence = f"{adoption.adopted_by} adopted addition {ids} of {adoption.ledger.quantity} seats: {adoption.reason}"
    day = adoption.adopted_on
    at = datetime(day.year, day.month, day.day, 11, tzinfo=ZoneInfo(DEMO_ZONE)).astimezone(UTC)
    await books.adopt(customer_id, adoption, HistoryEntry(at, adoption.mapping_id, adoption.sequence, "", sentence))
