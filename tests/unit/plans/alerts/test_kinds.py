"""Every kind: what raises it, and that the next step which it names clears it (docs/alerts.md has the table)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from notify.addresses import write_target
from plans.agreements import AgreementFacts
from plans.alerts.alert import Alert, AlertKind, RenewAccount, RenewDirectTenant, Severity
from plans.alerts.expiries import Expiry
from plans.alerts.folding import Look, fold
from plans.alerts.readings import find_in_reading, find_unseen
from plans.alerts.runs import RunFacts, find_in_run, find_known_prices
from plans.alerts.standing import StandingFacts, find_standing
from plans.alerts.tenants import CustomerFacts, TenantFacts
from plans.approvals import HeldLine, OpenHold, OpenProposal, ParkedLine, ProposedLine
from plans.before_invoice import Gap, Missing, NightFacts, find_missing
from plans.changes import CreditProposal, HoldRule
from plans.due_invoices import BilledCustomer, DueAgreement
from plans.keys import make_key
from plans.results import AgreementResult, PushResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.billing import Basis, Customer, Mapping
from profiles.exclusions import LicenceExclusion, TenantExclusion
from profiles.licences import (
    BillingType,
    Licence,
    LicensedUser,
    MailboxReport,
    PartnerStatus,
    PartnerSubscription,
    SharedMailbox,
    Snapshot,
    Subscription,
    SubscriptionStatus,
    Term,
    UnreadMailboxes,
)
from profiles.microsoft_rights import PRECONSENT_ADVICE
from profiles.partners import ActiveGdap, LapsedGdap, PartnerReading, PartnerTenant, TenantSource, UnreadPartner
from profiles.parts import OneSubscription
from profiles.readings import UnknownReason
from tests.unit.plans.alerts.values import SKU, TENANT
from tests.unit.plans.makers import make_addition, make_agreement

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
TODAY = NOW.date()
A_DAY = timedelta(days=1)
HARBOUR = Customer("harbour", "Harbour Dental", TENANT, "cw", "42", partner_account_id="main")
MAPPED = Mapping("m-1", "harbour", SKU, "Business Premium", "spb", "401", Basis.PURCHASED)
ANNUAL = PartnerSubscription(
    "s-1", "Business Premium", SKU, PartnerStatus.ACTIVE, BillingType.LICENSE, 12, is_trial=False,
    is_new_commerce=True, term=Term.ANNUAL, auto_renews=True, renews_on=date(2026, 12, 10), cancellable_until=None,
)  # fmt: skip
BY_MONTH = replace(MAPPED, part=Term.MONTHLY)
NOT_BY_MONTH = replace(BY_MONTH, id="m-0", is_excluded=True)
BY_YEAR = replace(MAPPED, part=Term.ANNUAL)
BY_ONE = replace(MAPPED, part=OneSubscription("s-1"))
A_MONTH = replace(ANNUAL, id="s-0", seats=4, term=Term.MONTHLY)
WITHOUT_TERM = replace(A_MONTH, term=None)
OURS = "SL-7F3A9C2B41-0000"
type Find = Callable[[], Sequence[Alert]]


def make_licence(assigned: int = 12, enabled: int = 12) -> Licence:
    return Licence(SKU, "SPB", assigned, enabled, 0, 0, 0)


def make_subscription(seats: int = 12, sku_id: str = SKU, **changes: object) -> Subscription:
    made = Subscription(
        "d-1", sku_id, "SPB", SubscriptionStatus.ENABLED, seats, False, "partner", NOW + timedelta(days=200)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def reading(
    *mappings: Mapping,
    licences: Sequence[Licence] = (make_licence(),),
    subscriptions: Sequence[Subscription] = (make_subscription(),),
    users: Sequence[LicensedUser] = (),
    mailboxes: MailboxReport | UnreadMailboxes | None = None,
    partner: Sequence[PartnerSubscription] | None = None,
    exclusions: Sequence[LicenceExclusion] = (),
    ends_on: date | None = None,
    foreign: tuple[str, ...] = (),
    today: date = TODAY,
    renewed_by: str | None = None,
) -> Find:
    """What a tenant's reading shows; its one line is at 22.00 a seat."""
    facts = AgreementFacts(is_active=True, prorates=True, next_invoice_on=None, ends_on=ends_on, renewed_by=renewed_by)
    additions = [make_addition(key=OURS), *(make_addition(f"910{place}", key=key) for place, key in enumerate(foreign))]
    snapshot = Snapshot(
        TENANT, NOW, tuple(licences), tuple(subscriptions), tuple(users), None if partner is None else tuple(partner),
        mailboxes,
    )  # fmt: skip
    customer = CustomerFacts(HARBOUR, mappings, (make_agreement(additions, facts, "401"),), {"m-1": Decimal("22.00")})
    return lambda: find_in_reading(TenantFacts(today, snapshot, (customer,), exclusions))


def run(
    state: TenantState = TenantState.PLANNED,
    reason: UnknownReason | None = None,
    result: AgreementResult | None = None,
    push: PushResult | None = None,
    missing: Sequence[Missing] = (),
    unread: Sequence[UnreadPartner] = (),
) -> Find:
    """What the rows of a run show."""
    agreements = (result or AgreementResult("harbour", "cw", "401", "hash", CustomerState.UNCHANGED, 0),)
    row = TenantResult(
        TENANT, ("harbour",), state, "The app has no consent in this tenant.", agreements, "main", reason=reason
    )
    facts = RunFacts("2026-11-23", {"harbour": HARBOUR}, [row], [push] if push else [], missing, unread)
    return lambda: find_in_run(facts)


def lists(
    customers: Sequence[Customer] = (HARBOUR,),
    holds: Sequence[OpenHold] = (),
    proposals: Sequence[OpenProposal] = (),
    exclusions: Sequence[TenantExclusion] = (),
    tenants: Sequence[PartnerTenant] = (),
    expiries: Sequence[Expiry] = (),
    night_at: datetime | None = NOW,
    read_at: datetime = NOW,
) -> Find:
    """What the lists say."""
    known = (
        (make_tenant(TENANT, "Harbour Dental"), *tenants)
        if TENANT not in {each.tenant_id for each in tenants}
        else tenants
    )
    facts = StandingFacts(
        now=NOW,
        zone=ZoneInfo("UTC"),
        customers={each.id: each for each in customers},
        holds=holds,
        proposals=proposals,
        exclusions=exclusions,
        readings=[PartnerReading("main", read_at, tuple(known), ())],
        expiries=expiries,
        last_night_at=night_at,
    )
    return lambda: find_standing(facts)


def make_tenant(
    tenant_id: str,
    name: str,
    until: datetime = NOW + timedelta(days=400),
    *,
    is_listed: bool = True,
    extends: bool = False,
) -> PartnerTenant:
    sources = (TenantSource.GDAP, TenantSource.PARTNER_CENTER) if is_listed else (TenantSource.GDAP,)
    return PartnerTenant(tenant_id, name, None, ActiveGdap(until, (), extends), sources)


HOLD = OpenHold(
    "harbour", "Harbour Dental", "cw", "401", NOW, "2026-11-23",
    HeldLine("m-1", "Business Premium", "h", "p", HoldRule.LARGE_DROP, "12 → 2. Approve it.", 12, 2, Decimal(-220)),
)  # fmt: skip
PROPOSAL = OpenProposal(
    "harbour", "Harbour Dental", "401", NOW,
    ProposedLine("m-1", "Business Premium", CreditProposal(TODAY, TODAY, 2, Decimal(44), "2 were invoiced.")),
)  # fmt: skip
PARKED = AgreementResult(
    "harbour", "cw", "401", "hash", CustomerState.PARKED, 0,
    parked=(ParkedLine("m-1", "Business Premium", "Addition 9001 was changed in the PSA."),),
)  # fmt: skip
WRITING = AgreementResult("harbour", "cw", "401", "hash", CustomerState.CHANGED, 1)
FAILED = PushResult("hash", "harbour", "401", CustomerState.FAILED, 0, 0, (), ("ConnectWise refused it.",))
WRITTEN = replace(FAILED, state=CustomerState.CHANGED, sentences=())
SHORT = Missing("harbour", DueAgreement("cw", "401", "Managed", TODAY + A_DAY), Gap.HELD, "Business Premium", "held")
LEAVER = LicensedUser("u1", "leaver@harbour.example", "Lee Ver", account_enabled=False, sku_ids=(SKU,))
DESK = LicensedUser("u2", "Desk@harbour.example", "Service Desk", account_enabled=False, sku_ids=(SKU,))
DESK_SHARED = SharedMailbox("desk@harbour.example", needs_licence=False)
SHARED_DESK = MailboxReport(TODAY - 2 * A_DAY, (DESK_SHARED,))
ZEPHYR = make_tenant("7e9-zephyr", "Zephyr Consulting")
UNREAD = UnreadPartner("main", NOW, UnknownReason.SIGN_IN_REFUSED, "Microsoft asks for MFA. Sign in again.")
SECRET = Expiry(RenewAccount("main"), "Main", TODAY + timedelta(days=10), NOW)
DIRECT = Expiry(RenewDirectTenant("quarry"), "Quarry", TODAY + timedelta(days=3))


@dataclass(frozen=True)
class Story:
    """What raises an alert, and the world once the step that it names is done; `words` are in its sentence."""

    raised: Find
    done: Find
    words: str
    address: str


STORIES: dict[str, tuple[AlertKind, Story]] = {
    "no billing profile: it is mapped": (
        AlertKind.NO_PROFILE,
        Story(reading(), reading(MAPPED), "12 seats of it are paid for", f"/customers/harbour/licences/{SKU}/map"),
    ),
    "no billing profile: it is excluded": (
        AlertKind.NO_PROFILE,
        Story(reading(), reading(exclusions=(LicenceExclusion(SKU),)), "no profile bills them", "/customers/harbour"),
    ),
    "no billing profile of a term: it is mapped": (
        AlertKind.NO_PROFILE,
        Story(
            reading(BY_MONTH, partner=[ANNUAL]),
            reading(BY_MONTH, replace(MAPPED, id="m-2", part=Term.ANNUAL), partner=[ANNUAL]),
            "12 annual seats of it are paid for, and no profile bills them.",
            f"/customers/harbour/licences/{SKU}/map",
        ),
    ),
    "no billing profile of a subscription: it is mapped": (
        AlertKind.NO_PROFILE,
        Story(
            reading(BY_ONE, partner=[ANNUAL, A_MONTH]),
            reading(BY_ONE, replace(MAPPED, id="m-2", part=OneSubscription("S-0")), partner=[ANNUAL, A_MONTH]),
            "4 seats of its subscription s-0 (monthly, renews 10 Dec 2026) are paid for, and no profile bills them.",
            f"/customers/harbour/licences/{SKU}/map",
        ),
    ),
    "no billing profile of what has no term, in a split by term: it is cut by subscription": (
        AlertKind.NO_PROFILE,
        Story(
            reading(BY_YEAR, partner=[ANNUAL, WITHOUT_TERM]),
            reading(BY_ONE, replace(BY_ONE, part=OneSubscription("s-0")), partner=[ANNUAL, WITHOUT_TERM]),
            "4 seats of its subscription s-0 (until 10 Dec 2026) are paid for, and no profile bills them.",
            f"/customers/harbour/licences/{SKU}/map",
        ),
    ),
    "unused seats: given back": (
        AlertKind.UNUSED_SEATS,
        Story(
            reading(MAPPED, licences=[make_licence(9)], partner=[ANNUAL]),
            reading(MAPPED, licences=[make_licence(9, 9)], subscriptions=[make_subscription(9)], partner=[ANNUAL]),
            "3 of 12 seats are assigned to nobody. They can be given back at the renewal on 10 Dec 2026.",
            "/customers/harbour",
        ),
    ),
    "unused seats: assigned": (
        AlertKind.UNUSED_SEATS,
        Story(
            reading(MAPPED, licences=[make_licence(11)]),
            reading(MAPPED),
            "when the term ends on 11 Jun 2027",
            "/customers/harbour",
        ),
    ),
    "renewal: decided in time": (
        AlertKind.RENEWAL_WINDOW,
        Story(
            reading(MAPPED, partner=[ANNUAL]),
            reading(MAPPED, partner=[replace(ANNUAL, auto_renews=False)]),
            "12 seats renew by themselves on 10 Dec 2026. All are assigned.",
            "/customers/harbour",
        ),
    ),
    "cancellation: the window closes": (
        AlertKind.RENEWAL_WINDOW,
        Story(
            reading(
                MAPPED, licences=[make_licence(9)], partner=[replace(ANNUAL, renews_on=None, cancellable_until=TODAY)]
            ),
            reading(
                MAPPED,
                licences=[make_licence(9)],
                partner=[replace(ANNUAL, renews_on=None, cancellable_until=TODAY - A_DAY)],
            ),
            "can be given back until 23 Nov 2026",
            "/customers/harbour",
        ),
    ),
    "disabled user: the licence is taken away": (
        AlertKind.DISABLED_USER,
        Story(
            reading(MAPPED, users=[LEAVER]),
            reading(MAPPED, users=[replace(LEAVER, sku_ids=())]),
            "1 user who cannot sign in holds it: Lee Ver.",
            "/customers/harbour/users",
        ),
    ),
    "shared mailbox: the licence is taken away": (
        AlertKind.SHARED_MAILBOX,
        Story(
            reading(MAPPED, users=[DESK], mailboxes=SHARED_DESK),
            reading(MAPPED, users=[replace(DESK, sku_ids=())], mailboxes=SHARED_DESK),
            "1 shared mailbox holds it by the report of 21 Nov 2026: Service Desk. Up to 50 GB",
            "/customers/harbour/users",
        ),
    ),
    "count mismatch: they agree again": (
        AlertKind.COUNT_MISMATCH,
        Story(
            reading(MAPPED, licences=[make_licence(12, 15)]),
            reading(MAPPED),
            "Microsoft counts 15 seats of it, but lists subscriptions for 12.",
            "/customers/harbour",
        ),
    ),
    "agreement ends: renewed": (
        AlertKind.AGREEMENT_ENDING,
        Story(
            reading(MAPPED, ends_on=date(2026, 12, 20)),
            reading(MAPPED, ends_on=date(2027, 12, 20)),
            "Managed Services ends on 20 Dec 2026, and 1 licence is billed on it.",
            "/customers/harbour",
        ),
    ),
    "agreement ends: mapped to its successor": (
        AlertKind.AGREEMENT_ENDING,
        Story(
            reading(MAPPED, ends_on=TODAY - A_DAY),
            reading(replace(MAPPED, agreement_id="402"), ends_on=TODAY - A_DAY),
            "Managed Services ended on 22 Nov 2026",
            "/customers/harbour",
        ),
    ),
    "second writer: theirs is ended": (
        AlertKind.SECOND_WRITER,
        Story(
            reading(MAPPED, foreign=("Cloudconsole",)),
            reading(MAPPED, foreign=("7XK-serial",)),
            "another tool bills what Seatledger bills: addition 9100 (Cloudconsole).",
            "/customers/harbour",
        ),
    ),
    "access refused: restored": (
        AlertKind.INVALID_AUTHORISATION,
        Story(
            run(TenantState.UNKNOWN, UnknownReason.ACCESS_DENIED),
            run(),
            "The app has no consent in this tenant.",
            "/customers/harbour",
        ),
    ),
    "access refused: the account signs in again": (
        AlertKind.INVALID_AUTHORISATION,
        Story(
            run(unread=[UNREAD]),
            run(),
            "The partner account could not be read. Microsoft asks for MFA.",
            "/settings/connections/microsoft/main",
        ),
    ),
    "not readable: read again": (
        AlertKind.UNKNOWN_READING,
        Story(run(TenantState.UNKNOWN, UnknownReason.THROTTLED), run(), "consent", "/customers/harbour"),
    ),
    "not readable: the account is read again": (
        AlertKind.UNKNOWN_READING,
        Story(
            run(unread=[replace(UNREAD, reason=UnknownReason.THROTTLED, sentence="Too many requests.")]),
            run(),
            "The partner account could not be read. Too many requests.",
            "/settings/connections/microsoft/main",
        ),
    ),
    "parked: looked at and put right": (
        AlertKind.PARKED,
        Story(run(result=PARKED), run(), "Addition 9001 was changed in the PSA.", "/customers/harbour"),
    ),
    "not written: the next run writes it": (
        AlertKind.PUSH_FAILED,
        Story(run(result=WRITING, push=FAILED), run(result=WRITING, push=WRITTEN), "refused it", "/runs/2026-11-23"),
    ),
    "before the invoice: completed": (
        AlertKind.BEFORE_INVOICE,
        Story(
            run(missing=[SHORT]),
            run(),
            "Managed is invoiced on 24 Nov 2026, without: Business Premium (held).",
            "/approvals/invoices?q=Harbour+Dental",
        ),
    ),
    "held: approved or refused": (
        AlertKind.HELD,
        Story(lists(holds=[HOLD]), lists(), "12 → 2.", "/approvals/harbour%3Am-1"),
    ),
    "credit proposal: ticked off": (
        AlertKind.CREDIT_PROPOSAL,
        Story(
            lists(proposals=[PROPOSAL]),
            lists(proposals=[replace(PROPOSAL, settled_by="Ada", settled_at=NOW, invoice_number="17")]),
            "Seats were invoiced and not owed: 2 seats from 23 Nov 2026 through 23 Nov 2026.",
            "/approvals/credits?q=Harbour+Dental",
        ),
    ),
    "tenant not added: added": (
        AlertKind.TENANT_NOT_ADDED,
        Story(
            lists(tenants=[ZEPHYR]),
            lists([HARBOUR, replace(HARBOUR, id="zephyr", tenant_id="7E9-ZEPHYR")], tenants=[ZEPHYR]),
            "Microsoft lists Zephyr Consulting for us.",
            "/customers/add?q=Zephyr+Consulting",
        ),
    ),
    "tenant not added: excluded": (
        AlertKind.TENANT_NOT_ADDED,
        Story(
            lists(tenants=[ZEPHYR]),
            lists(tenants=[ZEPHYR], exclusions=[TenantExclusion("7e9-zephyr")]),
            "nobody bills it",
            "/customers/add",
        ),
    ),
    "tenant removed: confirmed": (
        AlertKind.TENANT_REMOVED,
        Story(
            lists(tenants=[make_tenant(TENANT, "Harbour Dental", is_listed=False), ZEPHYR]),
            lists(
                [replace(HARBOUR, is_gone=True)],
                tenants=[make_tenant(TENANT, "Harbour Dental", is_listed=False), ZEPHYR],
            ),
            "It goes on being billed as before until somebody confirms",
            "/customers/harbour/gone",
        ),
    ),
    "GDAP ends: a new one": (
        AlertKind.GDAP_EXPIRING,
        Story(
            lists(tenants=[make_tenant(TENANT, "Harbour Dental", NOW + 6 * A_DAY)]),
            lists(),
            "Our access to Harbour Dental ends in 6 days",
            "/settings/connections/microsoft/main",
        ),
    ),
    "client secret ends: a new one": (
        AlertKind.SECRET_EXPIRING,
        Story(
            lists(expiries=[SECRET]),
            lists(expiries=[replace(SECRET, ends_on=TODAY + timedelta(days=700))]),
            "The client secret of Main ends in 10 days",
            "/settings/connections/microsoft/main",
        ),
    ),
    "client secret of a direct tenant ends: a new one": (
        AlertKind.SECRET_EXPIRING,
        Story(
            lists(expiries=[DIRECT]),
            lists(expiries=[replace(DIRECT, ends_on=None)]),
            "The client secret of Quarry ends in 3 days",
            "/settings/connections/microsoft/direct/quarry",
        ),
    ),
    "sign-in ends: signed in again": (
        AlertKind.TOKEN_EXPIRING,
        Story(
            lists(expiries=[replace(SECRET, ends_on=None, consented_at=None)], read_at=NOW - 70 * A_DAY),
            lists(expiries=[replace(SECRET, ends_on=None, consented_at=NOW)], read_at=NOW - 70 * A_DAY),
            "The sign-in of Main has not been used for long and ends in 20 days.",
            "/settings/connections/microsoft/main",
        ),
    ),
    "night missed: one has ended": (
        AlertKind.NIGHT_MISSED,
        Story(
            lists(night_at=NOW - timedelta(hours=26, seconds=1)),
            lists(night_at=NOW - timedelta(hours=26)),
            "The last night that ended began on 22 Nov 2026 at 00:29; nothing was read since.",
            "/runs",
        ),
    ),
}


def select(found: Sequence[Alert], kind: AlertKind) -> list[Alert]:
    return [alert for alert in found if alert.kind is kind]


@pytest.mark.parametrize("name", STORIES)
def test_it_is_raised_and_the_step_that_it_names_clears_it(name: str) -> None:
    kind, story = STORIES[name]
    (alert,) = select(story.raised(), kind)
    assert story.words in alert.sentence
    assert alert.step and write_target(alert).startswith(story.address)
    standing = {kept.id: kept for kept in fold({}, [alert], [], NOW, TODAY).kept}
    again = fold(standing, select(story.raised(), kind), [Look(frozenset({kind}))], NOW + A_DAY, TODAY + A_DAY)
    assert again.cleared == (), "the same world the next night"
    done = fold(standing, select(story.done(), kind), [Look(frozenset({kind}))], NOW + A_DAY, TODAY + A_DAY)
    assert [kept.id for kept in done.cleared] == [alert.id]


def test_every_kind_has_its_story() -> None:
    assert {kind for kind, _ in STORIES.values()} == set(AlertKind)


def test_nothing_is_said_of_what_is_free_on_trial_or_excluded() -> None:
    free = make_subscription(1_000_000, next_lifecycle_at=None, owner_tenant_id=None)
    assert reading(subscriptions=[free])() == ()
    assert reading(subscriptions=[make_subscription(is_trial=True)])() == ()
    excluded = reading(replace(MAPPED, is_excluded=True), licences=[make_licence(2)], users=[LEAVER], partner=[ANNUAL])
    assert excluded() == ()


def test_what_is_said_of_one_term_is_said_of_no_other() -> None:
    """The monthly seats are not billed, and the annual ones are: their waste is told, the others' not."""
    annual = replace(MAPPED, part=Term.ANNUAL)
    bought = [
        make_subscription(12, commerce_id="S-1"),
        make_subscription(4, id="d-2", commerce_id="s-0"),
    ]
    found = reading(
        NOT_BY_MONTH, annual, licences=[make_licence(9, 16)], subscriptions=bought, users=[LEAVER],
        partner=[A_MONTH, ANNUAL],
    )()  # fmt: skip
    (unused,) = select(found, AlertKind.UNUSED_SEATS)
    assert (unused.seats, unused.monthly) == (3, Decimal("66.00"))
    assert unused.sentence.startswith("3 of 12 seats are assigned to nobody.")
    assert len(select(found, AlertKind.RENEWAL_WINDOW)) == len(select(found, AlertKind.DISABLED_USER)) == 1
    assert select(found, AlertKind.NO_PROFILE) == []
    other = reading(NOT_BY_MONTH, replace(annual, is_excluded=True), subscriptions=bought, partner=[A_MONTH, ANNUAL])
    assert other() == (), "both are excluded"
    only = reading(
        NOT_BY_MONTH, annual, licences=[make_licence(0, 4)], subscriptions=bought[1:], partner=[A_MONTH], users=[LEAVER]
    )
    assert only() == (), "the term that is excluded is all there is"


def test_a_term_that_nobody_decided_about_is_told_beside_one_that_is_not_billed() -> None:
    (alert,) = select(reading(NOT_BY_MONTH, partner=[A_MONTH, ANNUAL])(), AlertKind.NO_PROFILE)
    assert (alert.seats, alert.monthly, alert.licence_name) == (12, None, "Business Premium")
    assert (
        select(reading(NOT_BY_MONTH, partner=[ANNUAL], exclusions=[LicenceExclusion(SKU)])(), AlertKind.NO_PROFILE)
        == []
    )


def test_what_is_said_of_one_subscription_is_said_of_no_other() -> None:
    """Also where only the directory is read, which tells no terms but each purchase."""
    bought = [make_subscription(12, commerce_id="S-1"), make_subscription(4, id="d-2", commerce_id="s-0")]
    other = replace(MAPPED, id="m-2", part=OneSubscription("s-0"), is_excluded=True)
    for partner in ([A_MONTH, ANNUAL], None):
        found = reading(BY_ONE, other, licences=[make_licence(9, 16)], subscriptions=bought, partner=partner)()
        (unused,) = select(found, AlertKind.UNUSED_SEATS)
        assert unused.sentence.startswith("3 of 12 seats are assigned to nobody.")
        assert select(found, AlertKind.NO_PROFILE) == []
        (alert,) = select(
            reading(BY_ONE, licences=[make_licence(9, 16)], subscriptions=bought, partner=partner)(),
            AlertKind.NO_PROFILE,
        )
        assert (alert.seats, alert.monthly, alert.thing[-1]) == (4, None, "s-0")


def test_what_one_customer_of_a_tenant_bills_is_not_excluded_because_another_does_not() -> None:
    found = reading(NOT_BY_MONTH, MAPPED, licences=[make_licence(9)], partner=[ANNUAL])()
    assert len(select(found, AlertKind.UNUSED_SEATS)) == 1


def test_seats_of_the_company_are_assigned_to_nobody_and_no_news() -> None:
    storage = replace(make_licence(0), is_for_users=False)
    assert select(reading(MAPPED, licences=[storage])(), AlertKind.UNUSED_SEATS) == []


def test_each_subscription_of_a_licence_renews_by_itself_and_idle_seats_are_counted_once() -> None:
    """Nine seats that can still be given back hide no hundred that renew, and one that is over raises the other."""
    few = replace(ANNUAL, id="s-9", seats=9, renews_on=None, cancellable_until=TODAY)
    many = replace(ANNUAL, id="s-100", seats=100)
    bought = {"licences": [make_licence(97, 109)], "subscriptions": [make_subscription(109)]}
    found = select(reading(MAPPED, partner=[many, few], **bought)(), AlertKind.RENEWAL_WINDOW)  # type: ignore[arg-type]
    assert [(each.seats, each.stage, each.monthly) for each in found] == [
        (9, 3, Decimal("198.00")), (3, 1, Decimal("66.00"))
    ]  # fmt: skip
    assert "100 seats renew by themselves on 10 Dec 2026. 12 of 109 seats are" in found[1].sentence
    assert [each.last_day for each in found] == [TODAY, date(2026, 12, 9)], "after it nobody solved it: it is over"
    alone = select(reading(MAPPED, partner=[many], **bought)(), AlertKind.RENEWAL_WINDOW)  # type: ignore[arg-type]
    assert [each.id for each in alone] == [found[1].id]


def test_what_renews_every_month_is_told_never() -> None:
    monthly = replace(ANNUAL, term=Term.MONTHLY, cancellable_until=TODAY)
    assert select(reading(MAPPED, licences=[make_licence(9)], partner=[monthly])(), AlertKind.RENEWAL_WINDOW) == []


@pytest.mark.parametrize(
    ("days", "stage"), [(31, None), (30, 1), (15, 1), (14, 2), (8, 2), (7, 3), (0, 3), (-1, 4), (-9, 4)]
)
def test_an_end_is_told_thirty_fourteen_and_seven_days_before(days: int, stage: int | None) -> None:
    found = lists(expiries=[replace(SECRET, ends_on=TODAY + timedelta(days=days))])()
    assert [alert.stage for alert in select(found, AlertKind.SECRET_EXPIRING)] == ([] if stage is None else [stage])
    pressing = {alert.severity for alert in select(found, AlertKind.SECRET_EXPIRING)}
    assert pressing == (set() if stage is None else {Severity.NOW if days <= 7 else Severity.SOON})


def test_a_shared_mailbox_is_told_as_that_and_one_that_needs_its_licence_not_at_all() -> None:
    users = [DESK, LEAVER, replace(DESK, id="u3", principal_name="info@harbour.example", display_name="Info")]
    large = SharedMailbox("Info@harbour.example", needs_licence=True)
    known = reading(MAPPED, users=users, mailboxes=replace(SHARED_DESK, shared=(DESK_SHARED, large)))()
    assert ["Service Desk." in each.sentence for each in select(known, AlertKind.SHARED_MAILBOX)] == [True]
    assert [each.sentence for each in select(known, AlertKind.DISABLED_USER)] == [
        "1 user who cannot sign in holds it: Lee Ver."
    ]


@pytest.mark.parametrize(
    ("report", "unseen"),
    [
        (None, frozenset()),
        (SHARED_DESK, frozenset()),
        (UnreadMailboxes("No right."), frozenset({AlertKind.SHARED_MAILBOX})),
    ],
)
def test_what_somebody_asked_for_and_tonight_cannot_tell_is_named(
    report: MailboxReport | UnreadMailboxes | None, unseen: frozenset[AlertKind]
) -> None:
    snapshot = Snapshot(TENANT, NOW, (), (), (), None, report)
    assert find_unseen(TenantFacts(TODAY, snapshot, (), ())) == unseen


@pytest.mark.parametrize("report", [None, UnreadMailboxes("No right.")])
def test_where_nobody_knows_which_mailboxes_are_shared_nothing_is_guessed(report: UnreadMailboxes | None) -> None:
    found = reading(MAPPED, users=[DESK], mailboxes=report)()
    assert select(found, AlertKind.SHARED_MAILBOX) == []
    assert len(select(found, AlertKind.DISABLED_USER)) == 1


@pytest.mark.parametrize(
    ("renewed_by", "ends_on", "steps"),
    [
        (None, TODAY, ["Renew it in the PSA, or move them to its successor"]),
        ("1301", TODAY, []),
        ("1301", TODAY - A_DAY, ["Move them to agreement 1301, which renews it"]),
    ],
)
def test_an_agreement_that_is_renewed_ends_for_nobody_unless_its_lines_stay(
    renewed_by: str | None, ends_on: date, steps: list[str]
) -> None:
    """They go on by themselves on the day after; where they could not, the alert says what to do."""
    found = reading(MAPPED, ends_on=ends_on, renewed_by=renewed_by)()
    assert [alert.step for alert in select(found, AlertKind.AGREEMENT_ENDING)] == steps


def test_gdap_that_extends_itself_is_no_news() -> None:
    assert (
        select(lists(tenants=[make_tenant(TENANT, "Harbour", NOW + A_DAY, extends=True)])(), AlertKind.GDAP_EXPIRING)
        == []
    )


def test_access_that_has_ended_is_told_until_there_is_a_new_relationship() -> None:
    ending = lists(tenants=[make_tenant(TENANT, "Harbour Dental", NOW + A_DAY)])()
    lapsed = replace(make_tenant(TENANT, "Harbour Dental"), gdap=LapsedGdap(NOW))
    (alert,) = select(lists(tenants=[lapsed])(), AlertKind.GDAP_EXPIRING)
    assert (alert.sentence, alert.stage, alert.severity) == (
        "Our access to Harbour Dental ended on 23 Nov 2026.", 4, Severity.NOW
    )  # fmt: skip
    assert [each.id for each in select(ending, AlertKind.GDAP_EXPIRING)] == [alert.id]
    for customer in (
        replace(HARBOUR, is_gone=True),
        replace(HARBOUR, partner_account_id="other"),
        replace(HARBOUR, tenant_id="another"),
    ):
        assert select(lists([customer], tenants=[lapsed])(), AlertKind.GDAP_EXPIRING) == []
    left = replace(lapsed, sources=(TenantSource.GDAP,))
    assert [each.kind for each in lists(tenants=[left, ZEPHYR])() if each.customer_id] == [AlertKind.TENANT_REMOVED]


def test_a_relationship_that_ended_is_no_customer_that_left() -> None:
    """Partner Center still lists it: access is lost, not the customer."""
    listed = PartnerTenant(TENANT, "Harbour", None, ActiveGdap(NOW, (), False), (TenantSource.PARTNER_CENTER,))
    assert select(lists(tenants=[listed])(), AlertKind.TENANT_REMOVED) == []


def test_what_nobody_bills_costs_what_most_others_pay() -> None:
    found = select(reading()(), AlertKind.NO_PROFILE)
    rows = [
        TenantResult(f"t{number}", (), TenantState.PLANNED, seat_prices=((SKU, Decimal(price)),), alerts=tuple(found))
        for number, price in enumerate(("22.00", "20.00", "22.00"))
    ]
    priced = select(find_in_run(RunFacts("2026-11-23", {}, rows, [], [])), AlertKind.NO_PROFILE)
    assert {alert.monthly for alert in priced} == {Decimal("264.00")}
    assert "The money is what other customers pay for as many." in priced[0].sentence


def test_a_sync_and_a_night_that_read_not_everybody_keep_the_price_that_is_known() -> None:
    """A sync of the one customer has seen nobody else's prices, or the price of one of them only."""
    found = tuple(select(reading()(), AlertKind.NO_PROFILE))
    row = TenantResult("t", (), TenantState.PLANNED, alerts=found)
    unread = TenantResult("u", (), TenantState.UNKNOWN)
    own = replace(row, seat_prices=((SKU, Decimal(30)),))
    known = find_known_prices([replace(found[0], monthly=Decimal("44.00"), seats=2)])
    for run_id, rows, price in (
        ("2026-11-23-001", [row], 22),
        ("2026-11-23-001", [own], 22),
        ("2026-11-23", [row, unread], 22),
        ("2026-11-23", [own, unread], 30),
        ("2026-11-23", [own], 30),
        ("2026-11-23", [row], None),
    ):
        facts = RunFacts(run_id, {}, rows, [], [], known_prices=known)
        (alert,) = select(find_in_run(facts), AlertKind.NO_PROFILE)
        assert alert.monthly == (None if price is None else price * 12)
    assert find_known_prices(found) == {}


def test_unused_seats_are_at_stake_with_the_price_that_is_billed() -> None:
    (alert,) = select(reading(MAPPED, licences=[make_licence(9)])(), AlertKind.UNUSED_SEATS)
    assert (alert.seats, alert.monthly) == (3, Decimal("66.00"))


def propose(start: int, last: int, seats: int, amount: str | None, month: int = 11) -> OpenProposal:
    days = CreditProposal(
        date(2026, month, start), date(2026, month, last), seats, None if amount is None else Decimal(amount), "?"
    )
    return replace(PROPOSAL, line=replace(PROPOSAL.line, proposal=days))


def test_the_credits_of_a_month_are_one_thing_whose_money_is_there_once() -> None:
    """Its days and seats move from night to night; what is muted and told goes on being the same."""
    (before,) = find_credits(propose(1, 30, 2, "44.00"))
    after = find_credits(propose(12, 30, 3, "40.00"), propose(3, 11, 1, "6.60"), propose(1, 9, 1, None, 10))
    (october,) = [each for each in after if each.once is None]
    (november,) = [each for each in after if each.once is not None]
    assert november.id == before.id != october.id
    assert (november.monthly, november.once, november.stake) == (None, Decimal("46.60"), Decimal("46.60"))
    assert november.sentence == (
        "Seats were invoiced and not owed: 1 seat from 3 Nov 2026 through 11 Nov 2026; "
        "3 seats from 12 Nov 2026 through 30 Nov 2026."
    )
    (long,) = find_credits(*(propose(day, day, 1, "1.00" if day > 1 else None) for day in range(1, 6)))
    assert long.sentence.endswith("through 3 Nov 2026; and 2 more. The price of some is not known.")


def find_credits(*proposals: OpenProposal) -> list[Alert]:
    return select(lists(proposals=proposals)(), AlertKind.CREDIT_PROPOSAL)


@pytest.mark.parametrize(
    ("rule", "severity", "step"),
    [
        (HoldRule.LARGE_DROP, Severity.NOW, "Approve or refuse it"),
        (HoldRule.UNADOPTED_ADDITION, Severity.NOW, "Adopt what is there, or refuse"),
        (HoldRule.REFUSED, Severity.KNOW, "Approve it, if it is wanted after all"),
    ],
)
def test_what_a_person_refused_presses_no_more(rule: HoldRule, severity: Severity, step: str) -> None:
    held = replace(HOLD, line=replace(HOLD.line, rule=rule))
    facts = StandingFacts(NOW, ZoneInfo("UTC"), {"harbour": HARBOUR}, [held], [], last_night_at=NOW)
    (alert,) = find_standing(facts)
    assert (alert.kind, alert.severity, alert.step) == (AlertKind.HELD, severity, step)


def test_nobody_is_asked_to_approve_what_no_approval_helps() -> None:
    """What the company's other agreements bill could not be read: the next night reads them again."""
    held = replace(HOLD, line=replace(HOLD.line, rule=HoldRule.NOT_SEARCHED, line_hash=""))
    facts = StandingFacts(NOW, ZoneInfo("UTC"), {"harbour": HARBOUR}, [held], [], last_night_at=NOW)
    (alert,) = find_standing(facts)
    assert (alert.severity, alert.step) == (Severity.NOW, "See what it waits for")


def test_what_waits_of_a_line_is_muted_by_its_licence() -> None:
    facts = StandingFacts(
        NOW, ZoneInfo("UTC"), {"harbour": HARBOUR}, [HOLD], [PROPOSAL], last_night_at=NOW, sku_ids={"m-1": SKU}
    )
    row = TenantResult(TENANT, ("harbour",), TenantState.PLANNED, "", (PARKED,))
    parked = find_in_run(RunFacts("2026-11-23", {"harbour": HARBOUR}, [row], [], [], sku_ids={"m-1": SKU}))
    marked = replace(MAPPED, id="m-ours")
    other = replace(marked, id="m-other", sku_id="another")
    key = make_key("m-ours", 0)
    (writer,) = select(reading(marked, other, foreign=("Pax8", key))(), AlertKind.SECOND_WRITER)
    muted = [*find_standing(facts), *parked, writer]
    assert {each.kind for each in muted} == {
        AlertKind.HELD, AlertKind.CREDIT_PROPOSAL, AlertKind.PARKED, AlertKind.SECOND_WRITER
    }  # fmt: skip
    assert {each.sku_id for each in muted} == {SKU}
    two = reading(marked, other, foreign=("Pax8", key, make_key("m-other", 0)))
    assert [each.sku_id for each in select(two(), AlertKind.SECOND_WRITER)] == [""], "it is about both"


def test_a_count_in_doubt_is_told_once() -> None:
    doubtful = replace(HOLD, line=replace(HOLD.line, rule=HoldRule.COUNT_MISMATCH))
    assert lists(holds=[doubtful])() == []


def test_what_an_invoice_lacks_names_the_alerts_that_tell_it_by_themselves() -> None:
    due = DueAgreement("cw", "401", "Managed", TODAY + A_DAY)
    billed = BilledCustomer("harbour", "cw", TENANT, frozenset({"401"}), frozenset({SKU}))
    row = TenantResult(TENANT, ("harbour",), TenantState.PLANNED, "", (PARKED,), sku_ids=("another",))
    held = replace(HOLD, line=replace(HOLD.line, mapping_id="m-2"))
    missing = find_missing(TODAY, (due,), (billed,), NightFacts({TENANT: row}, (held,)))
    assert {each.gap for each in missing} == {Gap.HELD, Gap.PARKED, Gap.UNMAPPED}
    (unbilled,) = select(reading()(), AlertKind.NO_PROFILE)
    others = replace(unbilled, customer_id="other", thing=("other", SKU))
    row = replace(row, alerts=(unbilled, others, *select(reading(MAPPED)(), AlertKind.UNUSED_SEATS)))
    found = find_in_run(RunFacts("2026-11-23", {"harbour": HARBOUR}, [row], [], missing))
    (invoice,) = select(found, AlertKind.BEFORE_INVOICE)
    (waits,) = lists(holds=[held])()
    assert invoice.lacks == (waits.id, select(found, AlertKind.PARKED)[0].id, unbilled.id)


def test_an_invoice_that_lacks_no_licence_names_none() -> None:
    due = DueAgreement("cw", "401", "Managed", TODAY + A_DAY)
    missing = [Missing("harbour", due, Gap.UNKNOWN, "", "It could not be read.")]
    (unbilled,) = select(reading()(), AlertKind.NO_PROFILE)
    row = TenantResult(TENANT, ("harbour",), TenantState.PLANNED, alerts=(unbilled,))
    found = find_in_run(RunFacts("2026-11-23", {"harbour": HARBOUR}, [row], [], missing))
    assert select(found, AlertKind.BEFORE_INVOICE)[0].lacks == ()


@pytest.mark.parametrize(
    ("account", "accounts", "sentence", "page"),
    [
        (None, ("main",), "No relationship.", "/settings/connections/microsoft/main"),
        ("main", ("main", "second"), "No relationship.", "/settings/connections/microsoft/main"),
        ("main", ("main",), f"No consent. {PRECONSENT_ADVICE}", "/settings/connections/microsoft/main/tenants"),
        (None, ("main", "second"), "No relationship.", "/customers/harbour"),
        ("quarry", ("main",), "No relationship.", "/customers/harbour"),
        (None, (), "No relationship.", "/customers/harbour"),
    ],
)
def test_refused_access_leads_to_the_account_that_reads_the_tenant(
    account: str | None, accounts: tuple[str, ...], sentence: str, page: str
) -> None:
    """What no run says, such as which of several accounts is the first, is looked for at the customer."""
    customers = {"harbour": replace(HARBOUR, partner_account_id=account)}
    row = TenantResult(TENANT, ("harbour",), TenantState.UNKNOWN, sentence, reason=UnknownReason.ACCESS_DENIED)
    (alert,) = find_in_run(RunFacts("2026-11-23", customers, [row], [], [], read_accounts=frozenset(accounts)))
    assert write_target(alert) == page
    gone = find_in_run(RunFacts("2026-11-23", {}, [row], [], [], read_accounts=frozenset({"second", "main"})))
    assert write_target(gone[0]) == "/customers/harbour"
