"""Examples for the description of `/api/v1`: one value for each name, so that the same thing is the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REF = "#/components/schemas/"
SEEN = "26414d795e8a067cafb07395033e9e3f"
HASH = "9f2c4e7a1b3d5f60718293a4b5c6d7e8f90123456789abcdef0123456789abcd"
# By the name of a field or a parameter.
TEXTS = {
    "account": "Our partner account",
    "account_id": "ms-20260503-091500-a1b2",
    "addition_id": "90211",
    "address": "billing@msp.example",
    "agreement": "Microsoft 365 (agreement 400)",
    "agreement_id": "400",
    "agreement_type_ids": "7",
    "alert_id": "held-3f2a9c",
    "beside": "HARBOUR",
    "billable": "Billable",
    "billing_profile": "Business Premium, annual",
    "bites": "3 customers have it",
    "came_from": "203.0.113.9",
    "company": "connectwise/250",
    "company_id": "250",
    "connection_id": "connectwise",
    "correlation_id": "c184854ab47d",
    "currency": "EUR",
    "customer": "Harbour Dental",
    "customer_id": "c3f9a1b27d5e804c6a913f2e",
    "customer_ids": "c3f9a1b27d5e804c6a913f2e",
    "customers": "Harbour Dental",
    "day": "1 Dec 2026",
    "digest": SEEN,
    "domain": "harbour.example",
    "addition": "CloudConsole seats (addition 9001)",
    "about_a_month": "264.00 EUR",
    "columns": "Customer",
    "comes_to": "12 seats, about 264.00 EUR a month",
    "column": "Agreement",
    "csv": "Customer,Licence,Billing profile\nHarbour Dental,SPB,Business Premium",
    "marker": "typed by hand",
    "rule_id": "r-3e21e8",
    "term_words": "any term",
    "tick": "9f2c4e7a1b3d5f60:c3f9a1b27d5e804c6a913f2e",
    "ticks": "9f2c4e7a1b3d5f60:c3f9a1b27d5e804c6a913f2e",
    "whole": HASH,
    "event": "hold.opened",
    "event_id": "hold-opened-5f0c1a7be2d94c3b8a6d1f27",
    "events": "hold.opened",
    "host": "hooks.example.com",
    "made_by": "Ada Administrator",
    "secret": "whsec_shown-this-once",
    "url": "https://hooks.example.com/seatledger",
    "webhook_id": "8f1c2d3e4a5b",
    "done": "saved",
    "facts": "14 seats that can be assigned (14 annual), 12 assigned.",
    "field": "reason",
    "headline": "3 things need you; about 660.00 EUR a month is at stake; held changes of about −88.00 EUR a month.",
    "id": "premium-3e21e8",
    "identifier": "M365-BP",
    "invoice_number": "C-1042",
    "kind": "licence",
    "last_change": "22 Nov 2026, 08:30",
    "level": "Inquire, All",
    "licence": "Microsoft 365 Business Premium",
    "licences": "Microsoft 365 Business Premium",
    "line_hash": HASH,
    "mail_id": "digest:billing@msp.example:2026-11-22",
    "mapping_id": "m-8c1f2d3e4a5b6c7d",
    "may": "sees everything and changes nothing",
    "money": "+44.00 EUR a month (forecast)",
    "monthly": "44.00",
    "stake": "44.00",
    "mute_id": "held-3f2a9c",
    "muted_by": "Ada Administrator",
    "name": "Business Premium, annual",
    "needed_for": "reading agreements and their additions",
    "next_step": "Approve or refuse it",
    "note": "",
    "numbers": "C-1042",
    "outcome": "It would bill 12 seats.",
    "page": "/approvals/c1%3Apremium",
    "part_number": "SPB",
    "plan_hash": HASH,
    "price": "22.00",
    "product": "Microsoft 365 Business Premium",
    "product_id": "501",
    "profile_id": "premium-3e21e8",
    "psa": "ConnectWise",
    "quantity": "12",
    "reason": "They hire in January",
    "recipient": "billing@msp.example",
    "recipients": "billing@msp.example",
    "role": "Operator",
    "run": "night of 22 Nov 2026",
    "run_id": "2026-11-22",
    "seats": "12",
    "seen": SEEN,
    "sentence": "The newest count is 14 seats; 12 were billed.",
    "sentences": "The newest count is 14 seats; 12 were billed.",
    "settled_by": "Ada Administrator",
    "shown": SEEN,
    "since": "18 Nov 2026",
    "sku_id": "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
    "state": "held",
    "state_words": "Waits for approval",
    "subject": "profile/premium-3e21e8",
    "subscriptions": "14 annual",
    "tenant_id": "5ea71ed9-0000-4000-8000-000000000001",
    "text": "12 seats\nAda Moreau, Ben Okoro, …",
    "time_zone": "Europe/Dublin",
    "title": "Quantity written",
    "total": "264.00 EUR",
    "user_name": "ada@harbour.example",
    "what": "The licence owes nothing any more.",
    "when": "Written by the next night, 02:00",
    "where": "company demo at api-eu.myconnectwise.net",
    "who": "Ada Administrator",
    "why": "The newest count is 14 seats; 12 were billed.",
    "word": "Good",
    "writes": "Quantity 12 → 14 from 1 Dec 2026",
    "detail": "Say why: it stands on every page while writing is paused.",
}
# What is mostly empty.
EMPTY = {
    "about", "added_up", "additions", "advice", "after", "as_of", "before", "billed", "cannot", "cannot_end", "doubts",
    "credit_proposals", "elsewhere", "missing", "more", "muted", "next_price", "notes", "notices", "own_text", "paused",
    "problem", "read_back", "run_address", "scheduled", "state_as_of", "strangers", "subscription_id", "then", "q",
    "trouble", "troubles", "unread", "unusual", "why_parked",
}  # fmt: skip
# What is null where another field says it: an alert's money is there month by month, or once.
NULL = {"once"}
FORMATS = {"date": "2026-12-01", "date-time": "2026-11-22T02:14:07Z"}
MONEY = "22.00"
AMOUNTS = {
    "amount", "catch_up", "difference", "drop_money", "forecast", "forecast_a_month", "invoiced", "per_month",
    "rise_money",
}  # fmt: skip


def make_example(name: str, schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value of that schema under that name. Raises KeyError for a text that the tables do not know."""
    if "$ref" in schema:
        target = schema["$ref"].removeprefix(REF)
        return make_example(name, schemas[target], schemas)
    if "anyOf" in schema:
        return make_choice(name, schema["anyOf"], schemas)
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    match schema["type"]:
        case "object":
            return {each: make_example(each, inner, schemas) for each, inner in schema["properties"].items()}
        case "array":
            return [] if name in EMPTY else [make_example(name, schema["items"], schemas)]
        case "string":
            return make_text(name, schema)
        case "integer":
            return min(max(12, schema.get("minimum", 0)), schema.get("maximum", 12))
        case "boolean":
            return False
        case other:
            raise KeyError(f"{name}: no example of {other}")


def make_choice(name: str, choices: list[Mapping[str, Any]], schemas: Mapping[str, Any]) -> Any:
    """The first of several that is no null and no bare number: amounts are text."""
    if name in NULL:
        return None
    chosen = next(each for each in choices if each.get("type") not in ("null", "number"))
    is_amount = any(each.get("type") == "number" for each in choices)
    return MONEY if is_amount else make_example(name, chosen, schemas)


def make_text(name: str, schema: Mapping[str, Any]) -> str:
    """A text under that name."""
    if "format" in schema:
        return FORMATS[schema["format"]]
    if name in AMOUNTS:
        return MONEY
    return "" if name in EMPTY else TEXTS[name]
