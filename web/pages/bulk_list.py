"""Tenants that are no customers yet, with suggestions, as a list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from plans.matching import CompanyKey, CompanyToMatch, Suggestion
from plans.plan import hash_value
from web.actions.adding import Link
from web.actions.offering import OfferedTenant, Offers
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_chips, make_columns, write_how_many
from web.pages.view import Page, Tone
from web.wording import write_count, write_number_of

SAFE, CHOOSE, NONE, ADDED, EXCLUDED = "safe", "choose", "none", "added", "excluded"
WORDS = {
    SAFE: ("Safe", Tone.GOOD),
    CHOOSE: ("To choose", Tone.LOOK),
    NONE: ("No suggestion", Tone.PLAIN),
    ADDED: ("Added", Tone.PLAIN),
    EXCLUDED: ("Excluded", Tone.PLAIN),
}
ORDER = tuple(WORDS)
HEADS = (Head("Tenant"), Head("Which company is it?"), Head("State"))


@dataclass(frozen=True, slots=True)
class Match:
    """One company to choose. `value` is what the form posts."""

    value: str
    name: str
    beside: str
    score: int
    why: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One tenant. `note` says what it is already, or why no run could read it."""

    tenant_id: str
    name: str
    domain: str
    account: str
    state: str
    matches: tuple[Match, ...]
    note: str = ""

    @property
    def word(self) -> str:
        """Its state."""
        return WORDS[self.state][0]

    @property
    def tone(self) -> Tone:
        """What its colour means."""
        return WORDS[self.state][1]

    @property
    def is_open(self) -> bool:
        """Whether a company can be chosen."""
        return self.state in (SAFE, CHOOSE, NONE)


@dataclass(frozen=True, slots=True)
class BulkView:
    """The page. `shown` names exactly the safe matches that the button speaks of."""

    headline: str
    start: str
    listing: Listing[BulkRow]
    safe_count: int
    shown: str
    shows_all: bool
    switch: str
    open_count: int
    can_choose: bool


def make_view(offers: Offers, ask: Ask, picked: dict[str, str] | None = None, *, is_observed: bool) -> BulkView:
    """The list as the address asks for it; `picked` is what was chosen on it, by tenant."""
    shows_all = bool(dict(ask.extra).get("all"))
    states = {each.tenant_id: find_state(offers, each) for each in offers.tenants}
    visible = [each for each in offers.tenants if shows_all or each.is_free]
    found = find(visible, ask.search, lambda each: each.found_by)
    counts = Counter(states[each.tenant_id] for each in found)
    chosen = sorted(
        (each for each in found if not ask.state or states[each.tenant_id] == ask.state),
        key=lambda each: ORDER.index(states[each.tenant_id]),
    )
    kinds = [(state, *words) for state, words in WORDS.items()]
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), kinds, counts),
        make_columns(ask, HEADS, ()),
        write_how_many(len(chosen), len(visible), "tenant"),
    )
    rows: Page[BulkRow] = listing.page.show(lambda each: make_row(offers, each, states[each.tenant_id], picked))
    safe = offers.list_safe()
    return BulkView(
        headline=write_headline(offers, len(safe)),
        start=write_start(is_observed=is_observed),
        listing=Listing(listing.ask, listing.chips, listing.columns, rows, listing.how_many),
        safe_count=len(safe),
        shown=digest_safe(safe),
        shows_all=shows_all,
        switch=Ask(ask.path, ask.search, extra=() if shows_all else (("all", "yes"),)).address,
        open_count=sum(each.is_free for each in offers.tenants),
        can_choose=any(row.is_open and row.matches for row in rows.rows),
    )


def write_start(*, is_observed: bool) -> str:
    """How a customer that is added begins."""
    if is_observed:
        return "New customers are observed: planned and shown, and not written until you switch them to live."
    return "New customers are live at once: the next run writes what their mappings owe."


def find_state(offers: Offers, tenant: OfferedTenant) -> str:
    """How a tenant stands in the list."""
    if tenant.added_as:
        return ADDED
    if tenant.excluded:
        return EXCLUDED
    if offers.find_safe(tenant) is not None:
        return SAFE
    return CHOOSE if offers.suggest(tenant) else NONE


def make_row(offers: Offers, tenant: OfferedTenant, state: str, picked: dict[str, str] | None) -> BulkRow:
    """One tenant with its suggestions; a safe one comes chosen, unless something else was."""
    best = offers.find_safe(tenant)
    standing = "" if best is None else write_key(best.company.key)
    choice = standing if picked is None else picked.get(tenant.tenant_id, standing)
    return BulkRow(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        domain=tenant.domain,
        account=tenant.account_name if offers.account_count > 1 else "",
        state=state,
        matches=() if not tenant.is_free else tuple(
            make_match(offers, each, choice) for each in offers.suggest(tenant)
        ),
        note=write_note(tenant),
    )  # fmt: skip


def make_match(offers: Offers, suggestion: Suggestion, choice: str) -> Match:
    """One suggestion in words."""
    why = f"{suggestion.reason}, {suggestion.doubt}" if suggestion.doubt else suggestion.reason
    value = write_key(suggestion.company.key)
    beside = describe_company(offers, suggestion.company)
    return Match(value, suggestion.company.name, beside, int(suggestion.score), why, value == choice)


def describe_company(offers: Offers, company: CompanyToMatch) -> str:
    """Its short name, and its connection where there are several."""
    return " · ".join(each for each in (company.identifier, offers.name_connection(company.connection_id)) if each)


def write_note(tenant: OfferedTenant) -> str:
    """What stands beneath a tenant's name."""
    if tenant.added_as:
        return f"Customer {tenant.added_as}"
    if tenant.excluded:
        return f"Excluded: {tenant.excluded}"
    return f"No run could read it now: {tenant.why_unread}." if tenant.why_unread else ""


def write_headline(offers: Offers, safe_count: int) -> str:
    """213 tenants are no customers yet; 180 have a safe match."""
    free = sum(each.is_free for each in offers.tenants)
    if not free:
        return "Every tenant is a customer, or excluded." if offers.tenants else "No account has listed a tenant yet."
    are = "is no customer" if free == 1 else "are no customers"
    have = "has" if safe_count == 1 else "have"
    safe = f"{write_count(safe_count)} {have} a safe match." if safe_count else "None has a safe match."
    return f"{write_number_of(free, 'tenant')} {are} yet. {safe}"


def write_key(key: CompanyKey) -> str:
    """A company as a form posts it: the connection's id has no slash."""
    return f"{key[0]}/{key[1]}"


def read_link(tenant_id: str, value: str) -> Link | None:
    """What a form posted for a tenant; None where nothing was chosen."""
    connection_id, slash, company_id = value.partition("/")
    return Link(tenant_id.lower(), connection_id, company_id) if slash and connection_id and company_id else None


def digest_safe(safe: Sequence[tuple[OfferedTenant, Suggestion]]) -> str:
    """A name for exactly these matches."""
    return hash_value(sorted([tenant.tenant_id, *each.company.key] for tenant, each in safe)) if safe else ""


def choose_links(offers: Offers, picked: dict[str, str], *, with_safe: bool) -> list[Link]:
    """What is to be added: every safe match that the page left as it was, or what was chosen on the page."""
    wanted = {
        tenant.tenant_id: Link(tenant.tenant_id, *each.company.key)
        for tenant, each in (offers.list_safe() if with_safe else ())
        if picked.get(tenant.tenant_id, write_key(each.company.key)) == write_key(each.company.key)
    }
    if not with_safe:
        links = (read_link(tenant_id, value) for tenant_id, value in picked.items())
        wanted = {link.tenant_id: link for link in links if link is not None}
    return [wanted[each] for each in sorted(wanted)]
