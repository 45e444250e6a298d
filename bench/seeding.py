"""Tells a storage account of a made-up MSP, as if earlier nights had written all of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bench.msp import CONNECTION, Msp, make_intent, make_settlement, read_demo
from plans.connecting import ConnectWiseConnection, PartnerAccount
from plans.counts import Count
from plans.journal import Evidence, Intent
from plans.ledger import LedgerEntry
from profiles.billing import Customer
from store.codec import decode, encode
from store.configuration import TableConfiguration
from store.journal import evidence_key, history_row, state_row
from store.lines import LineState
from store.mapping_rows import encode_mapping
from store.storage import Storage
from store.tables import Row, make_row, put_batches

CONSENTED_AT = datetime(2026, 5, 1, tzinfo=UTC)


async def seed_account(storage: Storage, msp: Msp, connectwise_url: str) -> None:
    """Connection, partner account, profiles, customers with their journals. The tables must be there."""
    configuration = TableConfiguration(storage.table("config"))
    seed = read_demo("seed")
    account = {**seed["partner_account"], "model": "direct_bill", "consented_at": CONSENTED_AT.isoformat()}
    await configuration.save_partner_account(decode_fields(PartnerAccount, account))
    connection = {**seed["connection"], "id": CONNECTION, "site_url": connectwise_url}
    await configuration.save_connection(decode_fields(ConnectWiseConnection, connection))
    for profile in msp.make_profiles():
        await configuration.save_profile(profile, None)
    books = storage.table("books")
    for number in range(msp.customers):
        await put_batches(books, make_rows(msp, number))


def decode_fields[T](kind: type[T], fields: dict[str, object]) -> T:
    """The value that fields of the demo's seed stand for."""
    return decode(kind, json.dumps(fields))


def make_rows(msp: Msp, number: int) -> list[Row]:
    """A customer's partition of `books`."""
    desk, agreement = msp.make_desk(number), msp.make_agreement(number)
    additions = {each.id: each for each in agreement.additions}
    customer_id = desk.customer.id
    rows = [make_row(customer_id, "a", encode(Customer, desk.customer))]
    for mapping, line in zip(desk.mappings, msp.lines_of(number), strict=True):
        settlement = make_settlement(mapping, line, additions[str(line.addition_id)])
        ledger, (count,) = settlement.evidence.ledger, desk.journals[mapping.id].counts
        if ledger is None:
            raise ValueError(f"the made-up write of {mapping.id} has no ledger entry")
        rows += [
            make_row(customer_id, f"am:{mapping.id}", encode_mapping(mapping)),
            make_row(customer_id, f"i:{mapping.id}:000000:000", encode(Intent, make_intent(mapping, line))),
            make_row(customer_id, evidence_key(mapping.id, 0), encode(Evidence, settlement.evidence)),
            make_row(
                customer_id, f"l:{mapping.id}:{ledger.effective_on.isoformat()}:000000", encode(LedgerEntry, ledger)
            ),
            make_row(customer_id, f"q:{mapping.id}:{count.day.isoformat()}", encode(Count, count)),
            state_row(customer_id, mapping.id, LineState(line.seats, None, settlement.agreement_ids)),
            history_row(customer_id, settlement.history),
        ]
    return rows
