"""Tells an empty Seatledger about the demo MSP: one connection, one partner account, profiles, customers, mappings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import clock
from profiles.billing import Basis, BillableOption, BillingProfile, Customer
from profiles.billing import Mapping as LicenceMapping
from store.books import TableBooks
from store.configuration import ConnectWiseConnection, PartnerAccount, TableConfiguration
from store.storage import Storage

SEED_FILE = Path(__file__).with_name("seed.json")


async def load_seed(connection_string: str, connectwise_url: str, seed_file: Path = SEED_FILE) -> None:
    """Make the tables, and put the seed in. Where the simulators listen is told anew every time; customers and
    mappings are only put in where there are none, so that what a person changed stays."""
    seed: Mapping[str, Any] = json.loads(seed_file.read_text())
    async with Storage.from_connection_string(connection_string) as storage:
        await storage.prepare()
        config = storage.table("config")
        configuration = TableConfiguration(config)
        await configuration.save_partner_account(PartnerAccount(**seed["partner_account"]))
        await configuration.save_connection(ConnectWiseConnection(**seed["connection"], site_url=connectwise_url))
        books = TableBooks(storage.table("books"), config, clock.utc_now)
        if await books.list_customers():
            return
        for profile in seed["profiles"]:
            await configuration.save_profile(make_profile(profile))
        for customer in seed["customers"]:
            await save_customer(books, customer)


def make_profile(text: Mapping[str, Any]) -> BillingProfile:
    """A billing profile of the seed."""
    return BillingProfile(**{**text, "billable_option": BillableOption(text["billable_option"])})


async def save_customer(books: TableBooks, text: Mapping[str, Any]) -> None:
    """A customer of the seed with its mappings."""
    fields = {name: value for name, value in text.items() if name != "mappings"}
    mappings = [
        LicenceMapping(**{**mapping, "customer_id": text["id"], "basis": Basis(mapping["basis"])})
        for mapping in text["mappings"]
    ]
    await books.save_customer(Customer(**fields), mappings)
