"""How a Microsoft account is: what works, what ends soon, and which tenants need a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plans.account_records import Errand
from plans.connecting import DirectTenant, PartnerAccount
from profiles.microsoft_rights import GDAP_ROLES, PRECONSENT_ADVICE
from profiles.partners import (
    ActiveGdap,
    LapsedGdap,
    NoGdap,
    PartnerModel,
    PartnerReading,
    PartnerTenant,
    UnlistedGdap,
    UnreadPartner,
)
from web.pages.view import Tone
from web.wording import clean, hide_ids, join, write_moment, write_number_of, write_short_day

SECRET_WARNINGS = (timedelta(days=7), timedelta(days=14), timedelta(days=30))
STALE_READING = timedelta(days=2)
# Microsoft lets a refresh token die after 90 days without use; every night renews it (microsoft.md 1.3).
TOKEN_OLD, TOKEN_DYING = timedelta(days=7), timedelta(days=60)
MODEL_WORDS = {
    PartnerModel.INDIRECT_RESELLER: (
        "Through a distributor",
        "you are an indirect reseller; Microsoft keeps Partner Center's data from you, so GDAP alone is read",
    ),
    PartnerModel.DIRECT_BILL: (
        "Directly from Microsoft",
        "you are a direct-bill partner; what Partner Center says was bought is read as well",
    ),
    PartnerModel.INDIRECT_PROVIDER: (
        "We are the distributor",
        "you are an indirect provider; what Partner Center says was bought is read as well",
    ),
}
TENANTS = "Tenants"
NOBODY_READ = "no customer has been read through it yet."
MFA_NEEDED = "Partner Center refuses a sign-in without MFA."
RENEW_IT = "Make a new one and type it under Change."
WORST = (Tone.BAD, Tone.LOOK, Tone.BUSY, Tone.GOOD, Tone.PLAIN)


class Remedy(StrEnum):
    """What a person does on the spot about something that is known of an account."""

    CONSENT = "consent"
    READ = "read"
    LET_IN = "tenants"
    CHANGE = "change"
    RUNS = "runs"
    SEE = "needs"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known of an account: its name, a word, and what to do where something is to be done."""

    name: str
    word: str
    tone: Tone
    sentence: str = ""
    remedy: Remedy | None = None

    @property
    def needs_somebody(self) -> bool:
        """Whether a person should look at it."""
        return self.tone in (Tone.BAD, Tone.LOOK)


@dataclass(frozen=True, slots=True)
class TenantNeed:
    """One tenant whose access needs a person."""

    name: str
    word: str
    tone: Tone
    sentence: str


@dataclass(frozen=True, slots=True)
class Access:
    """How many of an account's customers the newest runs could read, of those that they tried; `sentence` is why most
    of the others could not be.
    """

    read: int
    tried: int
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of a partner account. `failure` is the newest reading that failed, if nothing came after it."""

    token_stored_at: datetime | None
    newest: PartnerReading | None
    failure: UnreadPartner | None
    refresh: Errand | None
    access: Access = Access(0, 0)


def list_facts(account: PartnerAccount, known: Knowledge, now: datetime, zone: ZoneInfo) -> tuple[Fact, ...]:
    """Everything, the most important first."""
    return (
        tell_consent(account, known, zone),
        tell_reading(account, known, now, zone),
        tell_tenants(known.newest, now),
        tell_access(known.access),
        tell_mfa(account),
        tell_token(account, known, now),
        tell_secret(account.secret_expires_on, now.astimezone(zone).date()),
    )


def list_direct_facts(tenant: DirectTenant, access: Access, now: datetime, zone: ZoneInfo) -> tuple[Fact, ...]:
    """Those of a direct tenant: no user signs in, so there is neither MFA nor a token that ages."""
    if tenant.consented_at is None:
        consent = Fact("Consent", "Not yet", Tone.LOOK, "An administrator of the tenant has to open the consent link.")
    else:
        sentence = f"Found on {write_moment(tenant.consented_at, zone)} by {clean(tenant.consented_by)}"
        consent = Fact("Consent", "Granted", Tone.GOOD, sentence)
    return consent, tell_access(access), tell_secret(tenant.secret_expires_on, now.astimezone(zone).date())


def find_worst(facts: Sequence[Fact]) -> Fact:
    """The worst of them."""
    return min(facts, key=lambda fact: WORST.index(fact.tone))


def write_account_headline(facts: Sequence[Fact], needs_count: int, access: Access) -> str:
    """What the page of an account says first: the worst of its facts, and how many more need somebody."""
    if access.tried and not access.read:
        return f"This account reads none of its {write_number_of(access.tried, 'customer')}."
    worst = find_worst(facts)
    if not worst.needs_somebody:
        return "This account works." if access.tried else f"This account is let in; {NOBODY_READ}"
    if worst.name == TENANTS and needs_count:
        verb = "needs" if needs_count == 1 else "need"
        said = f"{write_number_of(needs_count, 'tenant')} of this account {verb} you."
    else:
        said = f"{worst.name}: {worst.word[:1].lower()}{worst.word[1:]}."
    more = sum(fact.needs_somebody for fact in facts) - 1
    if not more:
        return said
    return f"{said} {write_number_of(more, 'more row')} below {'needs' if more == 1 else 'need'} you."


def tell_state(facts: Sequence[Fact], *, was_read: bool) -> Fact:
    """What the account's own badge says: its worst fact, where one asks for a look; else that it works, if anybody
    has seen it do so.
    """
    worst = find_worst(facts)
    if worst.tone in (Tone.BAD, Tone.LOOK):
        return replace(worst, sentence=f"{worst.name}: {worst.sentence}")
    if was_read:
        return Fact("State", "Working", Tone.GOOD)
    return Fact("State", "Not read yet", Tone.PLAIN, "The next night reads it, or you do, on its page.")


def write_headline(partners: int, direct: int, states: Sequence[Fact]) -> str:
    """What the list of accounts says first: through what licences are read, or how many of it need something."""
    if not states:
        return "No Microsoft account is connected yet."
    waiting = sum(state.tone is not Tone.GOOD for state in states)
    if waiting:
        verb = "does not work yet, or needs" if waiting == 1 else "do not work yet, or need"
        return f"{waiting:,} of {write_number_of(len(states), 'Microsoft account')} {verb} a look."
    counted = ((partners, "partner account"), (direct, "direct tenant"))
    return f"Licences are read through {join([write_number_of(count, noun) for count, noun in counted if count])}."


def is_unused(account: PartnerAccount, known: Knowledge) -> bool:
    """Whether nobody ever consented, and no token was put there by hand either, which was read with."""
    return account.consented_at is None and known.newest is None


def tell_consent(account: PartnerAccount, known: Knowledge, zone: ZoneInfo) -> Fact:
    """Whether, when, by whom and as whom."""
    if account.consented_at is None and known.newest is not None:
        return Fact("Consent", "Not from here", Tone.PLAIN, "Its refresh token was put into the vault by hand.")
    if account.consented_at is None:
        advice = "Sign in as the service account to grant it."
        return Fact("Consent", "Not granted yet", Tone.LOOK, advice, Remedy.CONSENT)
    by = isolate(account.consented_by) if account.consented_by else "somebody"
    signed_in = f", signed in as {isolate(account.user_name)}" if account.user_name else ""
    return Fact("Consent", "Granted", Tone.GOOD, f"{write_moment(account.consented_at, zone)} by {by}{signed_in}")


def isolate(name: str) -> str:
    """A name that others wrote, within a sentence: marks of direction in it turn nothing else around."""
    return f"\u2068{clean(name)}\u2069"


def tell_reading(account: PartnerAccount, known: Knowledge, now: datetime, zone: ZoneInfo) -> Fact:
    """The last success, and the failure after it."""
    name, newest = "Last reading", known.newest
    if known.failure is not None:
        last = "It was never read." if newest is None else f"Last read {write_moment(newest.read_at, zone)}."
        why = f"{isolate(hide_ids(known.failure.sentence, account.tenant_id))} {last}"
        return Fact(name, "Failed", Tone.BAD, why, Remedy.READ)
    if newest is None:
        return Fact(name, "Not yet", Tone.PLAIN, "Every night reads it first; you can read it now as well.")
    when = write_moment(newest.read_at, zone)
    if now - newest.read_at > STALE_READING:
        why = f"{when}. A night should have read it since: look at the last runs."
        return Fact(name, "Days ago", Tone.LOOK, why, Remedy.RUNS)
    return Fact(name, "Worked", Tone.GOOD, when)


def tell_tenants(newest: PartnerReading | None, now: datetime) -> Fact:
    """How many tenants, and how many of them need a person."""
    if newest is None:
        return Fact(TENANTS, "Unknown", Tone.PLAIN, "They are listed by the first reading.")
    needs = list_needs(newest, now)
    found = write_number_of(len(newest.tenants), "tenant")
    if not needs:
        if not newest.tenants:
            return Fact(TENANTS, found, Tone.LOOK, NO_TENANTS, Remedy.READ)
        return Fact(TENANTS, found, Tone.GOOD)
    verb = "needs" if len(needs) == 1 else "need"
    worst = Tone.BAD if any(need.tone is Tone.BAD for need in needs) else Tone.LOOK
    of_all = f"{len(needs):,} of {found} that it reaches"
    return Fact(TENANTS, f"{len(needs):,} {verb} you", worst, of_all, Remedy.SEE)


def tell_access(access: Access) -> Fact:
    """Whether customers can be read through it, by the newest runs that tried."""
    name = "Customers"
    if not access.tried:
        return Fact(name, "Not tried", Tone.PLAIN, "No run has read a customer through it yet.")
    tried = write_number_of(access.tried, "customer")
    if access.read == access.tried:
        return Fact(name, f"{tried} read", Tone.GOOD, "By the newest runs")
    why, remedy = f" Mostly: {access.sentence}" if access.read else f" {access.sentence}", Remedy.RUNS
    if PRECONSENT_ADVICE in access.sentence:
        why, remedy = f" {NOT_LET_IN}", Remedy.LET_IN
    left = f"{access.tried - access.read:,} of {tried} could not be read by the newest runs."
    if not access.read:
        return Fact(name, "Reads nobody", Tone.BAD, f"{left}{why}".strip(), remedy)
    word = f"Reads {access.read:,} of {access.tried:,}"
    return Fact(name, word, Tone.LOOK, f"{left}{why}".strip(), remedy)


NOT_LET_IN = "The application is not let into their tenants: that can be done from here, for all of them."
NO_TENANTS = "The service account reaches nobody. Check that it is in the groups of your GDAP relationships."


def tell_mfa(account: PartnerAccount) -> Fact:
    """Whether the consent was given with MFA. Partner Center asks for it since April 2026 (microsoft.md 0)."""
    name = "MFA"
    if account.consented_at is None:
        return Fact(name, "Unknown", Tone.PLAIN, "The sign-in will tell.")
    match account.has_mfa:
        case True:
            return Fact(name, "Used", Tone.GOOD, "At the last consent")
        case False:
            advice = "Set MFA up for the service account, then grant the consent again."
            return Fact(name, "Not used", Tone.BAD, f"{MFA_NEEDED} {advice}", Remedy.CONSENT)
        case _:
            return Fact(name, "Not told", Tone.PLAIN, "The sign-in did not say. If readings fail, consent with MFA.")


def tell_token(account: PartnerAccount, known: Knowledge, now: datetime) -> Fact:
    """How old the refresh token is: every reading renews it."""
    name, stored_at = "Refresh token", known.token_stored_at
    if is_unused(account, known):
        return Fact(name, "None", Tone.PLAIN, "The consent brings it.")
    if stored_at is None:
        return Fact(name, "Age unknown", Tone.PLAIN, "The next reading renews it.")
    age = now - stored_at
    if age < timedelta(days=1) and known.newest is None:
        return Fact(name, "New", Tone.PLAIN, "The consent brought it; the first reading shows whether it works.")
    if age < timedelta(days=1):
        return Fact(name, "Fresh", Tone.GOOD, "Renewed less than a day ago")
    sentence = f"Renewed {write_number_of(age.days, 'day')} ago; Microsoft lets it die after 90 days without use"
    if age >= TOKEN_DYING:
        advice = "Read the account now, or grant the consent again."
        return Fact(name, "Dying", Tone.BAD, f"{sentence}. {advice}", Remedy.READ)
    if age >= TOKEN_OLD:
        advice = "Every night should renew it: look at the last runs."
        return Fact(name, "Not renewed", Tone.LOOK, f"{sentence}. {advice}", Remedy.READ)
    return Fact(name, "Fresh", Tone.GOOD, sentence)


def tell_secret(expires_on: date | None, today: date) -> Fact:
    """When the app's client secret ends: looked at 30, 14 and 7 days before (S6)."""
    name = "Client secret"
    if expires_on is None:
        return Fact(name, "End unknown", Tone.PLAIN, "Type its last day under Change, and you are told before it ends.")
    left = expires_on - today
    day = write_short_day(expires_on)
    if left < timedelta(0):
        return Fact(name, "Expired", Tone.BAD, f"It ended on {day}. {RENEW_IT}", Remedy.CHANGE)
    how_long = "today" if not left.days else f"in {write_number_of(left.days, 'day')}"
    passed = [limit for limit in SECRET_WARNINGS if left <= limit]
    if not passed:
        return Fact(name, "Good", Tone.GOOD, f"Through {day}")
    tone = Tone.BAD if passed[0] == SECRET_WARNINGS[0] else Tone.LOOK
    return Fact(name, "Ends soon", tone, f"It ends {how_long}, on {day}. {RENEW_IT}", Remedy.CHANGE)


def list_needs(reading: PartnerReading, now: datetime) -> tuple[TenantNeed, ...]:
    """The tenants whose access needs a person, the worst first."""
    found = [need for tenant in reading.tenants if (need := find_need(tenant, now)) is not None]
    return tuple(sorted(found, key=lambda need: (WORST.index(need.tone), need.name.casefold())))


def find_need(tenant: PartnerTenant, now: datetime) -> TenantNeed | None:
    """What is missing for one tenant; None where nothing is."""
    name = clean(tenant.name)
    match tenant.gdap:
        case LapsedGdap(ended_at):
            day = write_short_day(ended_at.date())
            return TenantNeed(name, "Lapsed", Tone.BAD, f"The relationship ended on {day}. Ask for a new one.")
        case NoGdap():
            return TenantNeed(name, "No GDAP", Tone.LOOK, "You sell to it, and have no GDAP relationship. Ask for one.")
        case ActiveGdap() as gdap if not gdap.may_read_licences:
            roles = " nor ".join([GDAP_ROLES[0].name, "Global Reader"])
            return TenantNeed(name, "Role missing", Tone.BAD, f"It grants neither {roles}. Ask for one with the role.")
        case ActiveGdap() as gdap if gdap.expires_soon(now):
            day = write_short_day(gdap.until.date())
            return TenantNeed(name, "Ends soon", Tone.LOOK, f"It ends on {day} and does not extend itself. Renew it.")
        case ActiveGdap() | UnlistedGdap():
            return None
