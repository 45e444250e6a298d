"""One customer's records, and what stands above every tab of its page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from urllib.parse import quote
from zoneinfo import ZoneInfo

from plans.approvals import OpenProposal, ProposedLine
from plans.journal import LineJournal
from plans.plan import AgreementPlan
from plans.ports import CustomerOverview
from plans.results import AgreementResult, TenantResult
from plans.runs import Run, TenantState, is_night
from profiles.billing import BillingProfile
from profiles.exclusions import Exclusion
from profiles.licences import Snapshot
from web.pages.aftermath import Aftermath
from web.pages.attention import write_since
from web.pages.diff_view import About, AgreementView, LineView, make_agreement, name_products
from web.pages.names import NAMELESS_CUSTOMER, StoryLink, link_story, name_run
from web.pages.standing import NOTHING_MAPPED, WORDS, CustomerInRun, Standing, find_customers
from web.pages.view import Tab, Tone
from web.wording import clean, hide_ids, write_clock, write_day, write_number_of


@dataclass(frozen=True)
class CustomerRecords:
    """Everything that the page of one customer rests on. `run` is None before the first one.

    `snapshot` is the newest complete reading of its tenant, which `snapshot_run` made. `journals` are those of its
    mappings, where the page needs them.
    """

    overview: CustomerOverview
    profiles: Mapping[str, BillingProfile]
    domain: str
    run: Run | None = None
    tenant: TenantResult | None = None
    agreements: tuple[AgreementResult, ...] = ()
    plans: Mapping[str, AgreementPlan] = field(default_factory=dict)
    agreement_names: Mapping[str, str] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    snapshot_run: Run | None = None
    needed_since: date | None = None
    aftermath: Aftermath = field(default_factory=Aftermath)
    exclusions: tuple[Exclusion, ...] = ()
    settled_proposals: frozenset[str] = frozenset()
    currency: str = ""
    journals: Mapping[str, LineJournal] = field(default_factory=dict)

    @property
    def tenant_id(self) -> str:
        """Whose licences they are."""
        return self.overview.customer.tenant_id

    @property
    def name(self) -> str:
        """What the customer is called."""
        return clean(self.overview.customer.name) or NAMELESS_CUSTOMER

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"/customers/{quote(self.overview.customer.id, safe='')}"

    def link_story(self, addition_id: str) -> StoryLink:
        """Where the life of one of its additions is told."""
        customer = self.overview.customer
        return link_story(customer.id, customer.connection_id, addition_id)

    @cached_property
    def in_run(self) -> CustomerInRun:
        """How the customer stands in the run."""
        customer_id = self.overview.customer.id
        if self.tenant is None:
            return CustomerInRun(customer_id, Standing.NEW)
        found = find_customers([self.tenant], self.aftermath)
        return found.get(customer_id, CustomerInRun(customer_id, Standing.NEW))

    @cached_property
    def diff(self) -> tuple[AgreementView, ...]:
        """What the run planned and wrote for this customer."""
        licences = {mapping.id: mapping.licence_name for mapping in self.overview.mappings}
        return tuple(
            make_agreement(
                result,
                self.plans.get(result.plan_hash),
                self.aftermath,
                About(
                    customer_id=self.overview.customer.id,
                    customer_name=self.name,
                    tenant_id=self.tenant_id,
                    agreement_name=self.agreement_names.get(result.agreement_id, ""),
                    licences=licences,
                    currency=self.currency,
                    products=name_products(self.profiles.values()),
                ),
            )
            for result in self.agreements
        )

    @cached_property
    def lines(self) -> dict[str, LineView]:
        """The planned lines by mapping."""
        return {line.mapping_id: line for each in self.diff for line in (*each.moving, *each.unchanged)}


@dataclass(frozen=True, slots=True)
class CustomerHead:
    """What stands above every tab. `notice` says where the licences are older than the last night."""

    path: str
    name: str
    domain: str
    word: str
    tone: Tone
    since: str
    when: str
    run_address: str
    run_name: str
    is_observed: bool
    notice: str
    tabs: tuple[Tab, ...]
    is_unread: bool


def make_head(records: CustomerRecords, here: str, zone: ZoneInfo) -> CustomerHead:
    """The name, how it stands, and the tabs."""
    standing, needs_a_person = records.in_run.standing, records.in_run.needs_a_person
    is_bare = standing is Standing.UNCHANGED and not records.overview.mappings
    is_observed = records.overview.customer.is_observed
    # Its lines say what would be written: that nothing of it was is no news, and "unchanged" is not what they say.
    word, tone = NOTHING_MAPPED if is_bare else WORDS[standing]
    word = "" if is_observed and standing is Standing.UNCHANGED and not is_bare else word
    users = None if records.snapshot is None else len(records.snapshot.users)
    counts: dict[str, int | None] = {"/users": users, "/waiting": count_waiting(records)}
    return CustomerHead(
        path=records.path,
        name=records.name,
        domain=clean(records.domain),
        word=word,
        tone=tone,
        since=write_need_since(records) if needs_a_person else "",
        when=write_when(records, zone),
        run_address="" if records.run is None else f"/runs/{records.run.id}",
        run_name=write_run_name(records.run),
        is_observed=is_observed,
        notice=write_notice(records) or write_unread(records),
        tabs=tuple(
            Tab(tab_word, records.path + tab, tab == here, counts.get(tab))
            for tab_word, tab in (
                ("Licences", ""), ("Users", "/users"), ("History", "/history"), ("Waiting", "/waiting"),
                ("Settings", "/settings"),
            )
        ),
        is_unread=bool(write_unread(records)),
    )  # fmt: skip


def write_run_name(run: Run | None) -> str:
    """Which run the word is of."""
    if run is None:
        return ""
    return "last night" if is_night(run.id) else name_run(run.id)


def count_waiting(records: CustomerRecords) -> int:
    """How many things the tab of what waits lists."""
    needs = {trouble.sentence for trouble in records.in_run.troubles}
    scheduled = sum(len(agreement.scheduled) for agreement in records.agreements)
    return len(needs) + scheduled + len(list_open_proposals(records))


def list_open_proposals(records: CustomerRecords) -> list[ProposedLine]:
    """The credit proposals of the run that nobody has ticked off."""
    customer = records.overview.customer
    return [
        line
        for agreement in records.agreements
        for line in agreement.proposals
        if name_proposal(customer.id, agreement.agreement_id, line) not in records.settled_proposals
    ]


def name_proposal(customer_id: str, agreement_id: str, line: ProposedLine) -> str:
    """The id under which a proposal is kept."""
    return OpenProposal(customer_id, "", agreement_id, datetime.min.replace(tzinfo=UTC), line).id


def write_need_since(records: CustomerRecords) -> str:
    """Since when it needs a person."""
    if records.run is None or records.needed_since is None:
        return ""
    return write_since(records.needed_since, records.run.day)


def write_when(records: CustomerRecords, zone: ZoneInfo) -> str:
    """When the licences were read."""
    if records.snapshot is None:
        return "No reading of its licences is kept."
    read_at = records.snapshot.read_at.astimezone(zone)
    return f"Licences as read on {write_day(read_at.date())} at {write_clock(read_at)} ({zone.key})"


def write_notice(records: CustomerRecords) -> str:
    """What is wrong with the reading itself."""
    if records.run is None or records.tenant is None or records.snapshot_run is None:
        return ""
    if records.snapshot_run.id == records.run.id:
        return ""
    days = (records.run.day - records.snapshot_run.day).days
    return (
        f"The last night gave no complete reading, so the licences and users below are {write_number_of(days, 'day')} "
        "older. Nothing was changed for this customer."
    )


def write_unread(records: CustomerRecords) -> str:
    """Why no licence of the tenant is known, where a run could not read it (R4); nothing where it was read."""
    tenant = records.tenant
    if records.snapshot is not None or tenant is None or tenant.state is TenantState.PLANNED:
        return ""
    why = hide_ids(tenant.sentence, tenant.tenant_id) or "The run ended before it."
    return f"The tenant could not be read, so its licences are not known, and nothing was changed: {why}"


def write_plan_address(records: CustomerRecords) -> str:
    """Where the run's diff shows this customer; nothing where the run planned nothing for it."""
    if records.run is None or not records.agreements:
        return ""
    return f"/runs/{records.run.id}/changes?customer={records.path.removeprefix('/customers/')}"
