"""The large demo is what its issue asks for, the same every time, and its data hang together."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.clock import clock_starting_at
from local.demo.demos import make_product_seed, make_state
from local.demo.msp.customers import BY_TENANT_KEY, TENANTS
from local.demo.msp.events import World
from local.demo.msp.office import ApproveHold, Exclude, MapLicence, MoveMapping, SetPrice, SwitchOn
from local.demo.msp.product import UNMAPPED
from local.demo.msp.psa import microsoft_agreement, services_agreement
from local.demo.msp.skus import SKUS
from local.demo.msp.timeline import plan_day
from local.demo.seed import make
from local.simulators.connectwise.invoicing import InvoiceEngine
from local.simulators.connectwise.records import Records
from local.simulators.state import StateFile
from plans.journal import Adoption
from profiles.billing import BillingProfile, CustomPrice, Mapping
from profiles.exclusions import LicenceExclusion
from profiles.licences import Term

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
NAMES_FILE = Path(__file__).parents[5] / "shared" / "data" / "microsoft-sku-names.csv"


@pytest.fixture(scope="module")
def microsoft() -> dict[str, Any]:
    return make_state("msp", "microsoft", NOW)


@pytest.fixture(scope="module")
def connectwise() -> dict[str, Any]:
    return make_state("msp", "connectwise", NOW)


@pytest.fixture(scope="module")
def autotask() -> dict[str, Any]:
    return make_state("msp", "autotask", NOW)


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    return make_product_seed("msp")


def licensed(tenant: dict[str, Any]) -> int:
    return sum(bool(user["licenses"]) for user in tenant["users"])


def test_it_is_the_same_every_time(
    microsoft: dict[str, Any], connectwise: dict[str, Any], autotask: dict[str, Any]
) -> None:
    assert json.dumps(autotask) == json.dumps(make_state("msp", "autotask", NOW))
    assert json.dumps(microsoft) == json.dumps(make_state("msp", "microsoft", NOW))
    assert json.dumps(connectwise) == json.dumps(make_state("msp", "connectwise", NOW))


def test_tenants_and_their_sizes(microsoft: dict[str, Any], seed: dict[str, Any]) -> None:
    tenants = [row for row in microsoft["tenants"] if row["id"] != microsoft["partnerTenantId"]]
    sizes = sorted(licensed(row) for row in tenants)
    assert (len(tenants), len(seed["customers"])) == (33, 30)
    assert sizes[0] >= 6
    assert sizes[-2] <= 60
    assert sizes[-1] > 999


@pytest.mark.skipif(not NAMES_FILE.exists(), reason="Microsoft's table of names is not here")
def test_licences_are_real_ones() -> None:
    with NAMES_FILE.open(encoding="utf-8", newline="") as file:
        known = {(row["GUID"], row["String_Id"], row["Product_Display_Name"]) for row in csv.DictReader(file)}
    assert [sku for sku in SKUS if (sku.id, sku.part_number, sku.name) not in known] == []


def test_names_that_break_careless_pages() -> None:
    names = " ".join(tenant.name for tenant in TENANTS)
    assert all(sign in names for sign in ("'", '"', "<b>", "🌞", "\u200f", "\u202b"))


def test_what_the_product_is_told_fits_the_psas(
    connectwise: dict[str, Any], autotask: dict[str, Any], seed: dict[str, Any]
) -> None:
    products = {str(row["id"]) for row in (*connectwise["catalog"], *autotask["services"])}
    agreements = {str(row["id"]): str(row["company"]["id"]) for row in connectwise["agreements"]}
    agreements |= {str(row["id"]): str(row["companyID"]) for row in autotask["contracts"]}
    profiles = {row["id"]: make(BillingProfile, row) for row in seed["profiles"]}
    assert {profile.product_id for profile in profiles.values()} <= products
    assert any(isinstance(profile.price, CustomPrice) for profile in profiles.values())
    mappings = [
        make(Mapping, {**mapping, "customer_id": row["id"]}) for row in seed["customers"] for mapping in row["mappings"]
    ]
    assert len({mapping.id for mapping in mappings}) == len(mappings)
    assert {mapping.profile_id for mapping in mappings} <= profiles.keys()
    assert {mapping.agreement_id for mapping in mappings} <= agreements.keys()
    assert {mapping.part for mapping in mappings} == {None, Term.ANNUAL, Term.MONTHLY}
    assert sum(mapping.is_excluded for mapping in mappings) == 1
    assert len(UNMAPPED) == 3


def test_the_customers_of_the_second_psa(autotask: dict[str, Any], seed: dict[str, Any]) -> None:
    """Each has its own company and contract there, billed by profiles of that connection, and nothing elsewhere."""
    profiles = {row["id"]: row for row in seed["profiles"]}
    customers = [row for row in seed["customers"] if row["connection_id"] == "autotask"]
    assert sorted(int(row["company_id"]) for row in customers) == [row["id"] for row in autotask["companies"]]
    contracts = {str(row["id"]): str(row["companyID"]) for row in autotask["contracts"]}
    for customer in customers:
        for mapping in customer["mappings"]:
            assert contracts[mapping["agreement_id"]] == customer["company_id"]
            assert profiles[mapping["profile_id"]]["connection_id"] == "autotask"
    posted = [row for row in autotask["contractServiceUnits"] if row["approveAndPostDate"] is not None]
    assert {row["contractID"] for row in posted} == {int(number) for number in contracts}


def test_what_was_adopted_is_what_the_psa_has(connectwise: dict[str, Any], seed: dict[str, Any]) -> None:
    rows = {str(row["id"]): row for row in connectwise["additions"]}
    adoptions = [make(Adoption, adoption) for row in seed["customers"] for adoption in row["adoptions"]]
    mapped = {mapping["id"] for row in seed["customers"] for mapping in row["mappings"]}
    seats = []
    for adoption in adoptions:
        (addition,) = adoption.additions
        row = rows[addition.id]
        assert adoption.mapping_id in mapped
        assert (str(row["agreementId"]), str(row["product"]["id"])) == (adoption.agreement_id, addition.product_id)
        assert (row["quantity"], row["unitPrice"]) == (addition.quantity, float(addition.unit_price or 0))
        assert row["effectiveDate"] == f"{addition.effective_on}T00:00:00Z"
        seats.append(adoption.ledger.quantity)
    assert sorted(seats) == [12, 21, 30]


def test_excluded_licences_are_real(seed: dict[str, Any]) -> None:
    excluded = {make(LicenceExclusion, row).sku_id for row in seed["exclusions"]}
    assert excluded
    assert excluded <= {sku.id for sku in SKUS}


def test_records_of_the_psa_hang_together(connectwise: dict[str, Any]) -> None:
    agreements = {row["id"] for row in connectwise["agreements"]}
    ids = [row["id"] for row in connectwise["additions"]]
    assert len(set(ids)) == len(ids) == len(connectwise["billedThrough"])
    assert {row["agreementId"] for row in connectwise["additions"]} <= agreements
    parents = [row["parentAgreement"]["id"] for row in connectwise["agreements"] if "parentAgreement" in row]
    assert parents
    assert set(parents) <= agreements
    assert {row["prorateFlag"] for row in connectwise["agreements"]} == {True, False}
    assert {row["billingCycle"]["name"] for row in connectwise["agreements"]} == {"Monthly", "Yearly"}


def test_december_is_invoiced_with_the_children_on_their_parents(tmp_path: Path) -> None:
    """Kestrel's licences and those of its flight school are on the invoice of Kestrel's services, and nowhere else."""
    state = StateFile("connectwise", tmp_path, lambda: make_state("msp", "connectwise", NOW))
    kestrel, school = BY_TENANT_KEY["kestrel-aviation"], BY_TENANT_KEY["kestrel-training"]
    children = {microsoft_agreement(kestrel), microsoft_agreement(school)}
    additions = state.data["additions"]
    template = {**additions[0], "quantity": 2.0, "unitPrice": 10.0, "effectiveDate": "2026-11-16T00:00:00Z"}
    additions += [{**template, "id": 9900 + each, "agreementId": each} for each in children]
    records = Records(state, clock_starting_at(NOW))
    made = {row["applyToId"]: row for row in InvoiceEngine(records).run(date(2026, 12, 1))}
    assert not children & made.keys()
    lines = records.lines_of(made[services_agreement(kestrel)]["id"])
    # 2 x 10.00 x (15/30 + 1) = 30.00: half of November and all of December.
    assert [line["amount"] for line in lines if line["agreementId"] in children] == [30.0, 30.0]
    assert InvoiceEngine(records).run(date(2026, 12, 1)) == []


def test_thirty_days_have_their_story(
    microsoft: dict[str, Any], connectwise: dict[str, Any], autotask: dict[str, Any]
) -> None:
    world = World(microsoft, connectwise, autotask)
    days = [date(2026, 11, 1) + timedelta(days=offset) for offset in range(30)]
    told = [event.sentence for day in days for event in plan_day(day, world)]
    assert told == [event.sentence for day in days for event in plan_day(day, world)]
    for words in (
        "from Microsoft 365 E3 to Microsoft 365 E5",
        "buys",
        "gives up",
        "joins",
        "leaves",
        "GDAP",
        "invoices",
        "is approved",
        "is observed no longer",
        "moves to the Managed Services agreement",
        "raises the price",
        "maps Microsoft 365 E5",
        "gives Entra ID P1 away",
        "Autotask posts and invoices",
    ):
        assert any(words in sentence for sentence in told), words


def test_people_act_on_what_there_is(
    microsoft: dict[str, Any], connectwise: dict[str, Any], autotask: dict[str, Any]
) -> None:
    """Every act of the story names customers, mappings, profiles and licences that the product is told of."""
    seed = make_product_seed("msp")
    customers = {row["id"] for row in seed["customers"]}
    mappings = {(row["id"], mapping["id"]) for row in seed["customers"] for mapping in row["mappings"]}
    profiles = {row["id"] for row in seed["profiles"]}
    world = World(microsoft, connectwise, autotask)
    days = [date(2026, 11, 1) + timedelta(days=offset) for offset in range(30)]
    acts = [act for day in days for event in plan_day(day, world) for act in event.acts]
    kinds = {type(act) for act in acts}
    assert kinds == {ApproveHold, Exclude, MapLicence, MoveMapping, SetPrice, SwitchOn}
    for act in acts:
        match act:
            case ApproveHold(customer_id, mapping_id) | MoveMapping(customer_id, mapping_id):
                assert (customer_id, mapping_id) in mappings
            case MapLicence(customer_id, fields):
                mapping = make(Mapping, {**fields, "customer_id": customer_id})
                assert (customer_id, mapping.id) not in mappings
                assert mapping.profile_id in profiles
            case SwitchOn(customer_id):
                assert customer_id in customers
            case SetPrice(profile_id):
                assert profile_id in profiles
            case Exclude(sku_id):
                assert sku_id in {sku.id for sku in SKUS}
