"""What a partner account reaches: two lists made one, access that lapsed, and why a tenant was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from profiles.partners import (
    READING_ROLES,
    ActiveGdap,
    GdapRelationship,
    GdapState,
    LapsedGdap,
    NoGdap,
    PartnerCustomer,
    PartnerModel,
    PartnerReading,
    PartnerTenant,
    TenantSource,
    UnlistedGdap,
    UnreadPartner,
    carry_lapsed,
    explain_refusal,
    is_unlisted,
    make_reading,
)
from profiles.readings import Unknown, UnknownReason

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=20)
ROLE = sorted(READING_ROLES)[0]
REFUSED = Unknown(UnknownReason.ACCESS_DENIED, "Microsoft refused.")


def relate(tenant_id: str, ends_at: datetime = LATER, role: str = ROLE, *, extends: bool = False) -> GdapRelationship:
    return GdapRelationship(f"r-{tenant_id}-{role}", "gdap", tenant_id, "Old name", ends_at, (role,), extends)


def read(*states: tuple[str, GdapState], at: datetime = NOW) -> PartnerReading:
    tenants = tuple(PartnerTenant(name, name.upper(), None, state, ()) for name, state in states)
    return PartnerReading("account", at, tenants, ())


ACTIVE = ActiveGdap(LATER, (ROLE,), extends_itself=False)


def test_two_lists_are_one_and_partner_centers_name_is_preferred() -> None:
    reading = make_reading("account", NOW, [relate("a"), relate("b")], [PartnerCustomer("b", "New name", "b.example")])
    one, other = reading.tenants
    assert (one.name, one.default_domain, one.sources) == ("Old name", None, (TenantSource.GDAP,))
    assert (other.name, other.default_domain) == ("New name", "b.example")
    assert other.sources == (TenantSource.GDAP, TenantSource.PARTNER_CENTER)
    assert reading.find("A") == one
    assert reading.find("c") is None


@pytest.mark.parametrize(("relationships", "state"), [([], NoGdap()), (None, UnlistedGdap())])
def test_a_customer_without_a_relationship_has_none_or_nobody_can_tell(
    relationships: list[GdapRelationship] | None, state: GdapState
) -> None:
    (tenant,) = make_reading("account", NOW, relationships, [PartnerCustomer("a", "A", None)]).tenants
    assert tenant.gdap == state


def test_several_relationships_grant_what_all_of_them_do() -> None:
    several = [relate("a", NOW), relate("a", LATER, "other"), relate("a", NOW, "third")]
    (tenant,) = make_reading("account", NOW, several, []).tenants
    assert tenant.gdap == ActiveGdap(LATER, tuple(sorted((ROLE, "other", "third"))), extends_itself=False)


@pytest.mark.parametrize(("extends", "state"), [(False, LapsedGdap(NOW)), (True, ActiveGdap(NOW, (ROLE,), True))])
def test_a_relationship_that_has_ended_lapsed_unless_it_extends_itself(extends: bool, state: GdapState) -> None:
    (tenant,) = make_reading("account", NOW, [relate("a", NOW, extends=extends)], []).tenants
    assert tenant.gdap == state


@pytest.mark.parametrize(
    ("days", "extends", "soon"),
    [(1000, False, False), (1, False, True), (1, True, False)],
    ids=["far", "near", "extends"],
)
def test_access_that_ends_soon_is_a_persons_business(days: int, extends: bool, soon: bool) -> None:
    assert ActiveGdap(NOW + timedelta(days=days), (ROLE,), extends).expires_soon(NOW) == soon


def test_only_a_reseller_reads_no_partner_center() -> None:
    assert [model for model in PartnerModel if not model.reads_partner_center] == [PartnerModel.INDIRECT_RESELLER]


def test_what_yesterday_had_and_today_has_lost_has_lapsed() -> None:
    before = read(("a", ACTIVE), ("b", LapsedGdap(NOW)), ("c", NoGdap()), ("d", ACTIVE), ("e", ACTIVE))
    today = read(("d", ACTIVE), ("e", NoGdap()), at=NOW + timedelta(days=1))
    carried = carry_lapsed(before, today)
    lapsed = LapsedGdap(NOW + timedelta(days=1))
    assert [(each.tenant_id, each.gdap) for each in carried.tenants] == [
        ("a", lapsed),
        ("b", LapsedGdap(NOW)),
        ("d", ACTIVE),
        ("e", lapsed),
    ]
    assert carry_lapsed(None, today) == today


@pytest.mark.parametrize(
    ("state", "known"),
    [
        pytest.param(
            LapsedGdap(NOW), "The GDAP relationship with T ended on 1 Apr 2026. Ask for a new one. ", id="lapsed"
        ),
        pytest.param(NoGdap(), "There is no GDAP relationship with T. Ask for one. ", id="none"),
        pytest.param(
            replace(ACTIVE, role_ids=("other",)),
            "The GDAP relationship with T grants neither Directory Readers nor Global Reader. ",
            id="role",
        ),
        pytest.param(ACTIVE, "", id="fine"),
    ],
)
def test_a_refusal_is_explained_by_what_is_known_of_the_access(state: GdapState, known: str) -> None:
    assert explain_refusal(REFUSED, read(("t", state)), "T") == f"{known}Microsoft refused."


def test_a_refusal_of_a_tenant_that_nobody_lists_says_so() -> None:
    assert explain_refusal(REFUSED, read(), "t").startswith("The partner account lists no such tenant")


@pytest.mark.parametrize(
    "outcome", [None, UnreadPartner("a", NOW, UnknownReason.THROTTLED, "Busy."), replace(read(), relationships=None)]
)
def test_where_nothing_is_known_of_the_access_a_refusal_stands_alone(
    outcome: PartnerReading | UnreadPartner | None,
) -> None:
    assert explain_refusal(REFUSED, outcome, "t") == "Microsoft refused."
    busy = Unknown(UnknownReason.THROTTLED, "Busy.")
    assert explain_refusal(busy, read(), "t") == "Busy."


def test_a_tenant_is_unlisted_by_partner_centers_list_where_that_is_read() -> None:
    """Without it the relationships decide; a reading without any tenant says nothing."""
    related = PartnerTenant("one", "One", None, NoGdap(), (TenantSource.GDAP,))
    listed = PartnerTenant("two", "Two", None, NoGdap(), (TenantSource.PARTNER_CENTER,))

    def read(*tenants: PartnerTenant) -> PartnerReading:
        return PartnerReading("main", datetime(2026, 11, 23, tzinfo=UTC), tenants, None)

    assert [is_unlisted(read(), each) for each in ("one", "two")] == [False, False]
    assert [is_unlisted(read(related), each) for each in ("one", "two")] == [False, True]
    assert [is_unlisted(read(related, listed), each) for each in ("one", "TWO")] == [True, False]
