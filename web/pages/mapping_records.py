"""Everything that the pages about one licence of one customer rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request

from plans.controls import Controls
from plans.mapping_changes import MappedLicence, find_licence
from plans.old_additions import is_old_line
from plans.ports import CustomerOverview, Desk, Outside
from plans.preferences import Preferences
from profiles.billing import BillingProfile, Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.exclusions import Exclusion, find_exclusion
from profiles.holdings import Holding
from profiles.licences import Licence, Snapshot, Term
from profiles.parts import OneSubscription, Part, Split, find_common_split
from profiles.periods import ONE_DAY
from profiles.quantity import has_subscription, is_same_id
from web.actions.mapping_words import MappingNames
from web.pages.customer_licences import find_name
from web.pages.customer_view import CustomerRecords
from web.pages.psa_choices import Offer
from web.wording import clean

LONGEST_ID = 200
TERM_ORDER = (Term.TRIENNIAL, Term.ANNUAL, Term.MONTHLY)


@dataclass(frozen=True, slots=True)
class LicenceRecords:
    """One licence of one customer, and what it could be mapped to.

    `licence` and `snapshot` are None where the tenant has it no more, or was never read. `profiles` are those of the
    customer's PSA connection, by name. `usual_profile_id` is the one that other customers' mappings of the same licence
    name most often; empty where none does. `others` are the mappings of all other customers. `holding` has the
    licence's counts; None where there is none.
    """

    desk: Desk
    mapped: MappedLicence
    licence: Licence | None
    snapshot: Snapshot | None
    profiles: tuple[BillingProfile, ...]
    all_profiles: Mapping[str, BillingProfile]
    offer: Offer
    preferences: Preferences
    controls: Controls
    today: date
    usual_profile_id: str = ""
    others: tuple[LicenceMapping, ...] = ()
    holding: Holding | None = None

    @property
    def customer(self) -> Customer:
        """Whose licence it is."""
        return self.desk.customer

    @property
    def sku_id(self) -> str:
        """Which licence it is."""
        return self.mapped.sku_id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.mapped.name

    @property
    def exclusion(self) -> Exclusion | None:
        """What says that it is billed nowhere, or nothing of the tenant."""
        return find_exclusion(self.controls.exclusions, self.customer.tenant_id, self.sku_id)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms it could be split by: those bought through the partner, and those that are mapped already; none
        where there is nothing to tell apart.
        """
        found = list_terms(self.snapshot, self.sku_id, self.mapped.current)
        if self.split is Split.TERM:
            return found
        return () if len(found) <= 1 or self.seats_without_term else found

    @property
    def seats_without_term(self) -> int:
        """Seats that were bought without a term: cut by terms they would be in no line."""
        held = self.holding
        if held is None or held.terms is None:
            return 0
        return sum(each.seats for each in held.subscriptions or () if each.term is None)

    @property
    def subscriptions(self) -> tuple[OneSubscription, ...]:
        """The subscriptions it could be split by: those that have seats, and those that are mapped already, unless they
        are over and billed no more; none where there is nothing to tell apart.
        """
        held = () if self.holding is None else self.holding.subscriptions or ()
        found = {each.part for each in held}
        found |= {each.part for each in self.mapped.current if isinstance(each.part, OneSubscription)} - self.over
        if len(found) <= 1 and self.split is not Split.SUBSCRIPTION:
            return ()
        return tuple(sorted(found, key=lambda each: each.subscription_id))

    @property
    def over(self) -> frozenset[Part]:
        """The subscriptions that are mapped, are over, and bill nothing from today on: saving the mapping ends their
        lines."""
        return frozenset(
            each.part
            for each in self.mapped.current
            if isinstance(each.part, OneSubscription)
            and self.snapshot is not None
            and not has_subscription(self.snapshot, self.sku_id, each.part)
            and not self.mapped.still_bills(each, self.today)
        )

    @property
    def split(self) -> Split:
        """By what its lines are cut."""
        parts = [mapping.part for mapping in self.mapped.current]
        return find_common_split(parts)

    @property
    def names(self) -> MappingNames:
        """What profiles and agreements are called."""
        return MappingNames(
            {profile_id: profile.name for profile_id, profile in self.all_profiles.items()},
            {each.id: each.name for each in self.offer.agreements},
        )

    @property
    def as_customer(self) -> CustomerRecords:
        """The same as the customer's page has it, for its words about licences."""
        overview = CustomerOverview(self.customer, self.desk.mappings, {})
        return CustomerRecords(overview, self.all_profiles, "", snapshot=self.snapshot)

    def find_profile(self, profile_id: str) -> BillingProfile | None:
        """One that this customer may use."""
        return next((profile for profile in self.profiles if profile.id == profile_id), None)


def list_terms(snapshot: Snapshot | None, sku_id: str, mappings: Iterable[LicenceMapping] = ()) -> tuple[Term, ...]:
    """The terms of a licence's purchases and mappings, the longest first."""
    bought = () if snapshot is None else snapshot.partner_subscriptions or ()
    terms = {each.term for each in bought if is_same_id(each.sku_id, sku_id) and not each.is_trial and each.seats}
    terms |= {mapping.part for mapping in mappings if isinstance(mapping.part, Term)}
    return tuple(term for term in TERM_ORDER if term in terms)


def find_usual_profile(overviews: Iterable[CustomerOverview], sku_id: str, profiles: Iterable[BillingProfile]) -> str:
    """The profile that mappings of this licence name most often, of those that can be chosen; empty where none does."""
    offered = {profile.id for profile in profiles}
    counts = Counter(
        mapping.profile_id
        for overview in overviews
        for mapping in overview.mappings
        if is_same_id(mapping.sku_id, sku_id) and mapping.profile_id in offered and not mapping.is_ended
    )
    return min(counts, key=lambda profile_id: (-counts[profile_id], profile_id), default="")


def find_namesake(name: str, profiles: Iterable[BillingProfile]) -> str:
    """The only profile that is called like the licence, or bills a product that is; empty where none or several do."""
    wanted = name.casefold()
    found = [each.id for each in profiles if wanted in (each.name.casefold(), each.product_name.casefold())]
    return found[0] if len(found) == 1 else ""


def list_profiles_of(customer: Customer, profiles: Mapping[str, BillingProfile]) -> tuple[BillingProfile, ...]:
    """The billing profiles of the customer's PSA connection, by name."""
    own = (profile for profile in profiles.values() if profile.connection_id == customer.connection_id)
    return tuple(sorted(own, key=lambda profile: (profile.name.casefold(), profile.id)))


async def read_desk(outside: Outside, request: Request) -> Desk:
    """The customer that the address names. Raises HTTPException 404 where there is none."""
    customer_id = request.path_params["customer_id"]
    if not customer_id.isprintable() or len(customer_id) > LONGEST_ID:
        raise HTTPException(404)
    desk = await outside.books.read_desk(customer_id)
    if desk is None:
        raise HTTPException(404)
    return desk


async def read_licence(
    outside: Outside, request: Request, desk: Desk
) -> tuple[MappedLicence, Licence | None, Snapshot | None]:
    """The licence that the address names. Raises HTTPException 404 where the customer neither has nor maps it."""
    asked = request.path_params["sku_id"]
    if not asked.isprintable() or len(asked) > LONGEST_ID:
        raise HTTPException(404)
    snapshot = await outside.archive.find_snapshot_before(desk.customer.tenant_id, outside.local_day() + ONE_DAY)
    owned = () if snapshot is None else snapshot.licences
    licence = next((each for each in owned if is_same_id(each.sku_id, asked)), None)
    mappings = [each for each in desk.mappings if is_same_id(each.sku_id, asked) and not is_old_line(each)]
    if licence is None and not mappings:
        raise HTTPException(404)
    if licence is not None:
        records = CustomerRecords(CustomerOverview(desk.customer, desk.mappings, {}), {}, "", snapshot=snapshot)
        return find_licence(desk, licence.sku_id, find_name(records, licence)), licence, snapshot
    return find_licence(desk, mappings[0].sku_id, clean(mappings[0].licence_name)), None, snapshot
