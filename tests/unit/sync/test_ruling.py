"""Mapping by rule within a run: once, never over a person, and only where the agreement was read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from plans.audit import AuditEntry
from plans.catalogue import AgreementSummary
from plans.controls import Controls
from plans.editing import MappingChange
from plans.errors import Retry
from plans.journal import HistoryEntry, LineJournal
from plans.mapping_rules import MappingRule, make_rule_id
from plans.ports import Desk, Outside
from plans.preferences import Preferences
from profiles.billing import Basis, BillingProfile, MappedBy, Mapping, MappingDefaults
from profiles.licences import Snapshot, Term
from profiles.parts import OneSubscription
from sync.ruling import MOST_AT_ONCE, map_by_rule
from tests.unit.web import nights, tenants
from tests.unit.web.tenants import EXCHANGE, PREMIUM

AT = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
CUSTOMER = nights.make_customer(0, "Harbour Dental")
SNAPSHOT = tenants.make_snapshot(CUSTOMER.tenant_id)
PROFILES = {name: replace(each, connection_id=CUSTOMER.connection_id) for name, each in tenants.PROFILES.items()}
MANAGED = AgreementSummary("400", "Managed Services", "250", "7", "Managed", "Active", is_active=True)


@dataclass
class FakeDesk:
    """Keeps what is mapped. `error` is raised by the PSA, `is_overtaken` says that a person was quicker."""

    agreements: tuple[AgreementSummary, ...] = (MANAGED,)
    error: Exception | None = None
    is_overtaken: bool = False
    saved: list[Mapping] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    noted: list[AuditEntry] = field(default_factory=list)
    asked: int = 0

    async def read_preferences(self) -> Preferences:
        return Preferences("UTC", 2, "EUR", new_mappings_basis=Basis.ASSIGNED, new_mappings_name_users=True)

    async def list_agreements_of(self, connection_id: str, company_id: str) -> tuple[AgreementSummary, ...]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.agreements

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        if self.is_overtaken:
            return False
        self.saved += [wanted for _, wanted in changes]
        self.history += history
        return True

    async def note(self, entry: AuditEntry) -> None:
        self.noted.append(entry)


def make_rule(sku_id: str = PREMIUM, term: Term | None = None, *, is_live: bool = True) -> MappingRule:
    return MappingRule(make_rule_id("cw", sku_id, term), sku_id, tenants.NAMES[sku_id], term, "premium", is_live)


async def run_rules(
    mapper: FakeDesk | None,
    *rules: MappingRule,
    mappings: tuple[Mapping, ...] = (),
    profiles: dict[str, BillingProfile] = PROFILES,
    snapshot: Snapshot = SNAPSHOT,
) -> Desk:
    desk = Desk(CUSTOMER, mappings, {each.id: LineJournal(each.id) for each in mappings})
    outside: Any = SimpleNamespace(mapping_desk=mapper, now=lambda: AT)
    controls = Controls(rules=rules)
    return await map_by_rule(cast(Outside, outside), controls, profiles, desk, snapshot, AT.date())


async def test_what_nobody_decided_about_is_mapped_with_its_reason_and_noted() -> None:
    mapper = FakeDesk()
    desk = await run_rules(mapper, make_rule())
    (made,) = mapper.saved
    assert (made.sku_id, made.profile_id, made.agreement_id, made.basis) == (PREMIUM, "premium", "400", Basis.ASSIGNED)
    assert made.description.user_names and made.why.startswith("By the rule for ")
    assert made.mapped_by is MappedBy.RULE and made.count.committed_floor
    assert mapper.history[0].sentence == f"Mapped. {made.why}" and mapper.history[0].mapping_id == made.id
    assert mapper.noted[0].subject == f"mapping/{CUSTOMER.id}/{made.id}" and made.why in mapper.noted[0].after
    assert desk.mappings == (), "its agreement was not read in this run"


async def test_it_is_planned_at_once_where_the_agreement_was_read_for_another_licence() -> None:
    other = tenants.make_mapping(0, EXCHANGE, "mail", agreement_id="400")
    desk = await run_rules(FakeDesk(), make_rule(), mappings=(other,))
    assert [each.sku_id for each in desk.mappings] == [EXCHANGE, PREMIUM]
    assert set(desk.journals) == {each.id for each in desk.mappings}


async def test_a_run_that_is_played_again_maps_nothing_more() -> None:
    mapper = FakeDesk()
    await run_rules(mapper, make_rule())
    again = await run_rules(mapper, make_rule(), mappings=tuple(mapper.saved))
    assert len(mapper.saved) == 1 and again.mappings == tuple(mapper.saved) and mapper.asked == 1


async def test_a_persons_decision_is_never_overridden() -> None:
    mapper = FakeDesk()
    for standing in (
        tenants.make_mapping(0, PREMIUM, "visio"),
        tenants.make_mapping(0, PREMIUM, "visio", is_ended=True),
        tenants.make_mapping(0, PREMIUM, "", agreement_id="", is_excluded=True),
    ):
        desk = await run_rules(mapper, make_rule(), mappings=(standing,))
        assert desk.mappings == (standing,)
    assert mapper.saved == [] and mapper.asked == 0


async def test_a_person_who_is_quicker_wins() -> None:
    mapper = FakeDesk(is_overtaken=True)
    desk = await run_rules(mapper, make_rule())
    assert desk.mappings == () and mapper.noted == []


async def test_two_agreements_or_none_map_nothing() -> None:
    for agreements in ((MANAGED, replace(MANAGED, id="401")), (), (replace(MANAGED, is_active=False),)):
        mapper = FakeDesk(agreements)
        await run_rules(mapper, make_rule())
        assert mapper.saved == [] and mapper.asked == 1


async def test_a_psa_that_does_not_answer_stops_nothing() -> None:
    mapper = FakeDesk(error=Retry("The PSA does not answer."))
    assert (await run_rules(mapper, make_rule())).mappings == () and mapper.saved == []


async def test_what_only_observes_maps_nothing_and_asks_nothing() -> None:
    mapper = FakeDesk()
    await run_rules(mapper, make_rule(is_live=False))
    await run_rules(None, make_rule())
    assert mapper.saved == [] and mapper.asked == 0


async def test_terms_become_lines_of_their_own() -> None:
    held = {each.term for each in SNAPSHOT.partner_subscriptions or () if each.sku_id == PREMIUM}
    mapper = FakeDesk()
    await run_rules(mapper, *(make_rule(PREMIUM, term) for term in Term))
    assert len(held) == 2 and {each.part for each in mapper.saved} == held
    assert all(each.basis is Basis.PURCHASED for each in mapper.saved), "an assigned seat belongs to no term"
    assert len({each.id for each in mapper.saved}) == len(mapper.saved)


async def test_a_subscription_that_came_after_a_split_is_mapped_beside_the_others() -> None:
    """By the rule for its term; what a person mapped is left alone."""
    annual, monthly = (each for each in SNAPSHOT.partner_subscriptions or () if each.sku_id == PREMIUM)
    standing = replace(tenants.make_mapping(0, PREMIUM, "premium"), part=OneSubscription(annual.id))
    mapper = FakeDesk()
    await run_rules(mapper, make_rule(PREMIUM, Term.ANNUAL), mappings=(standing,))
    assert mapper.saved == []
    await run_rules(mapper, make_rule(PREMIUM, Term.MONTHLY), mappings=(standing,))
    (made,) = mapper.saved
    assert (made.part, made.follows, made.mapped_by) == (OneSubscription(monthly.id), (), MappedBy.RULE)


async def test_the_profiles_own_beginnings_are_taken_over() -> None:
    mapper = FakeDesk()
    begun = {"premium": replace(PROFILES["premium"], defaults=MappingDefaults(Basis.PURCHASED, 1, 2, 9))}
    await run_rules(mapper, make_rule(), profiles=begun)
    (made,) = mapper.saved
    assert (made.included, made.minimum, made.maximum, made.basis) == (1, 2, 9, Basis.PURCHASED)


async def test_very_many_lines_of_one_customer_are_mapped_by_run_after_run() -> None:
    """70 licences with 70 rules: two operations each would not fit one commit of a hundred."""
    names = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(70)]
    (first, *_) = SNAPSHOT.licences
    many = replace(
        SNAPSHOT,
        licences=tuple(replace(first, sku_id=sku_id) for sku_id in names),
        subscriptions=tuple(replace(SNAPSHOT.subscriptions[0], sku_id=sku_id) for sku_id in names),
        partner_subscriptions=None,
    )
    rules = [MappingRule(make_rule_id("cw", sku_id, None), sku_id, sku_id, None, "premium", True) for sku_id in names]
    mapper = FakeDesk()
    steps = []
    for _ in range(4):
        before = len(mapper.saved)
        await run_rules(mapper, *rules, mappings=tuple(mapper.saved), snapshot=many)
        steps.append(len(mapper.saved) - before)
    assert steps == [MOST_AT_ONCE, MOST_AT_ONCE, 70 - 2 * MOST_AT_ONCE, 0]
    assert {each.sku_id for each in mapper.saved} == set(names) and len(mapper.noted) == 70
