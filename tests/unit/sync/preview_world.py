"""A customer to preview changes of: the real adapters over transports that refuse to change, stores that only read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx

from microsoft.adapter import GraphLicenceReader
from microsoft.tokens import PartnerCredentials
from net.client import open_client
from net.hosts import AllowedHosts
from plans.controls import Controls
from plans.counts import Count
from plans.editing import MappingChange
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, sum_additions
from plans.ports import Desk, Outside
from profiles.billing import Basis, BillableOption, BillingProfile, Customer, Mapping
from profiles.licences import Licence, LicensedUser, Snapshot, Subscription, SubscriptionStatus
from profiles.readings import Known, Reading
from psa.connectwise.rows import read_addition
from sync.previewing import Preview, preview_mappings
from tests.unit.microsoft.graph import GRAPH, LOGIN, REFRESH, SECRET, SPB, TENANT, Tenant
from tests.unit.net.answers import run_timed
from tests.unit.psa.connectwise.site import ConnectWise, make_addition_row, make_agreement_row
from tests.unit.sync.desk import Bench

CUSTOMER, CONNECTION = "contoso", "cw"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
PRICES = {"501": Decimal("20.00"), "502": Decimal("24.00")}
READS = ("read_", "list_", "find_")


def refuse_changes(request: httpx.Request) -> None:
    """R7: nothing but what reads. Graph's $batch and the token endpoint are POSTs that read."""
    reads = request.method in ("GET", "HEAD") or request.url.path.endswith(("/$batch", "/oauth2/v2.0/token"))
    assert reads, f"a preview sent {request.method} {request.url}"


class OnlyReads:
    """A store whose every method that keeps something fails the test."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        assert name.startswith(READS), f"a preview called {name}"

        async def answer(*_: Any, **__: Any) -> Any:
            return self._answers[name]

        return answer


def make_mapping(mapping_id: str = "m-1", **options: Any) -> Mapping:
    made = Mapping(mapping_id, CUSTOMER, SPB, "Business Premium", "premium", "1201", Basis.PURCHASED)
    return replace(made, **options)


def make_snapshot(seats: int = 12, **parts: Any) -> Snapshot:
    made = Snapshot(
        TENANT,
        datetime(2026, 11, 22, 2, 4, tzinfo=UTC),
        (Licence(SPB, "SPB", 2, seats, 0, 0, 0),),
        (Subscription("sub-1", SPB, "SPB", SubscriptionStatus.ENABLED, seats, False, None, None),),
        tuple(LicensedUser(f"u-{name}", f"{name}@contoso.example", name, True, (SPB,)) for name in ("Ana", "Ben")),
    )
    return replace(made, **parts)


@dataclass
class PreviewWorld:
    """What a preview reads. The connection has agreements 1201 and 1202 of company 42, invoiced in advance."""

    snapshot: Snapshot | None = field(default_factory=make_snapshot)
    mappings: tuple[Mapping, ...] = ()
    journals: dict[str, LineJournal] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)
    is_observed: bool = False

    def __post_init__(self) -> None:
        self.psa = ConnectWise(
            agreements=[make_agreement_row(1201), make_agreement_row(1202, name="Second")],
            additions={1201: [], 1202: []},
            intercept=refuse_changes,
        )
        self.tenant = Tenant()
        self.profiles = {
            name: BillingProfile(name, name.capitalize(), CONNECTION, product, BillableOption.BILLABLE)
            for name, product in (("premium", "501"), ("monthly", "502"))
        }

    def bill(self, mapping: Mapping, seats: int = 10, addition_id: int = 9001) -> None:
        """The mapping's line has an adopted addition of 1 November, and was counted and confirmed."""
        row = make_addition_row(
            addition_id, product={"id": int(self.profiles[mapping.profile_id].product_id)}, quantity=float(seats),
            effectiveDate="2026-11-01T00:00:00Z", serialNumber="", unitPrice=20.0,
        )  # fmt: skip
        self.psa.additions[int(mapping.agreement_id)].append(row)
        addition = read_addition(row)
        levels = sum_additions([addition])
        through = date(2026, 11, 30)
        entry = LedgerEntry(mapping.id, date(2026, 11, 1), 0, levels, str(addition_id), through)
        adoption = Adoption(mapping.id, 0, mapping.agreement_id, (addition,), entry, date(2026, 11, 2), "Ada")
        count = Count(date(2026, 11, 1), seats, date(2026, 11, 21), through, seats)
        self.mappings = (*self.mappings, mapping)
        self.journals[mapping.id] = LineJournal(mapping.id, adoptions=(adoption,), counts=(count,))

    @property
    def desk(self) -> Desk:
        customer = Customer(CUSTOMER, "Contoso", TENANT, CONNECTION, "42", is_observed=self.is_observed)
        journals = {each.id: self.journals.get(each.id, LineJournal(each.id)) for each in self.mappings}
        return Desk(customer, self.mappings, journals)

    def outside(self) -> Outside:
        async def credentials() -> PartnerCredentials:
            return PartnerCredentials("client-id", SECRET, REFRESH)

        hosts, guarded = AllowedHosts(), GuardedSite(self.tenant.site)
        reader = GraphLicenceReader(
            open_client(LOGIN, hosts, guarded), open_client(GRAPH, hosts, guarded), credentials, lambda: NOW
        )
        stores: dict[str, Any] = {
            "books": OnlyReads(),
            "profiles": OnlyReads(list_profiles=self.profiles, read_controls=self.controls),
            "runs": OnlyReads(list_runs=()),
            "archive": OnlyReads(find_snapshot_before=self.snapshot, read_line_names=frozenset()),
            "open_items": OnlyReads(),
            "forecasts": OnlyReads(),
        }
        return replace(
            Bench().outside, now=lambda: NOW, connections={CONNECTION: self.psa.open()}, licences=reader, **stores
        )

    def try_preview(self, *changes: MappingChange) -> Reading[Preview]:
        return self.run(self.outside(), *changes)

    def run(self, outside: Outside, *changes: MappingChange) -> Reading[Preview]:
        """On a clock that jumps, so that retries of reads wait in no time."""
        return run_timed(preview_mappings(outside, self.desk, changes, PRICES))[0]

    def preview(self, *changes: MappingChange) -> Preview:
        reading = self.try_preview(*changes)
        assert isinstance(reading, Known), reading
        return reading.value


@dataclass
class GuardedSite(httpx.AsyncBaseTransport):
    """Refuses every request that could change something."""

    site: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        refuse_changes(request)
        return await self.site.handle_async_request(request)
