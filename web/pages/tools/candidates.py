"""Lines that could be mapped in one go: where each would be billed, its seats, and about how much a month. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from notify.licence_names import name_licence
from plans.catalogue import AgreementSummary
from plans.mapping_rules import (
    MappingRule,
    Match,
    Undecided,
    choose_agreement,
    explain_match,
    match_rules,
)
from plans.ports import CustomerOverview
from plans.preferences import Preferences
from profiles.billing import Basis, BillingProfile, Customer, CustomPrice
from profiles.holdings import Holding
from profiles.money import round_money
from profiles.parts import Part
from web.pages.names import NAMELESS_CUSTOMER, write_licence_address
from web.pages.psa_choices import Offers
from web.pages.tools.supply import Supply
from web.part_words import name_part
from web.wording import clean

KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of one customer as it would be mapped. `agreement` is None where nobody can say, and `sentence` why.

    `monthly` is about what a whole month of it costs; None where no price is known.
    """

    customer: Customer
    holding: Holding
    part: Part
    profile: BillingProfile
    agreement: AgreementSummary | None
    sentence: str
    why: str
    seats: int
    monthly: Decimal | None
    rule_id: str = ""

    @property
    def key(self) -> str:
        """What a tick names: another agreement, profile or number of seats is another key."""
        agreement = "" if self.agreement is None else self.agreement.id
        spelled = repr((self.customer.id, self.holding.sku_id.lower(), self.part, self.profile, agreement, self.seats))
        return hashlib.sha256(spelled.encode()).hexdigest()[:KEY_LENGTH]

    @property
    def tick(self) -> str:
        """The value of its box: the key, and whose it was, so that it can be named where it is gone."""
        return f"{self.key}:{self.customer.id}"

    @property
    def customer_name(self) -> str:
        """Whose it is."""
        return clean(self.customer.name) or NAMELESS_CUSTOMER

    @property
    def name(self) -> str:
        """Microsoft's name of the licence."""
        return name_licence(self.holding.part_number)

    @property
    def licence(self) -> str:
        """Business Premium, annual."""
        return self.name if self.part is None else f"{self.name}, {name_part(self.part, self.holding)}"

    @property
    def address(self) -> str:
        """Where a person maps it by hand."""
        return write_licence_address(self.customer.id, self.holding.sku_id)

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.customer_name} {self.licence}".casefold()


@dataclass(frozen=True, slots=True)
class Market:
    """What the PSA connections offer: agreements of all companies, and what products cost; both by connection. Beside
    them what new mappings begin with.
    """

    offers: Mapping[str, Offers]
    prices: Mapping[str, Mapping[str, Decimal]]
    preferences: Preferences
    today: date

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why some of them do not answer."""
        return tuple(dict.fromkeys(each.sentence for each in self.offers.values() if each.sentence))


def list_candidates(
    supply: Supply, rules: Sequence[MappingRule], market: Market, *, is_by_person: bool = False
) -> list[Candidate]:
    """What these rules would map, customers by name. A person may map again what was ended before; a rule may not."""
    found: list[Candidate] = []
    wanted = {rule.sku_id.lower() for rule in rules}
    for overview in sorted(supply.overviews.values(), key=lambda each: each.customer.name.casefold()):
        lines = [line for line in supply.open_lines(overview) if line.holding.sku_id.lower() in wanted]
        if is_by_person:
            lines = [replace(line, was_ended=False) for line in lines]
        for match in match_rules(overview.customer, lines, rules, supply.profiles):
            found.append(make_candidate(overview, match, market, is_by_person=is_by_person))
    return found


def make_candidate(overview: CustomerOverview, match: Match, market: Market, *, is_by_person: bool) -> Candidate:
    """One line with its agreement, or with why nobody can choose one."""
    customer = overview.customer
    offers = market.offers.get(customer.connection_id, Offers())
    chosen: AgreementSummary | Undecided
    if offers.sentence:
        chosen = Undecided(offers.sentence)
    else:
        chosen = choose_agreement(match.profile, offers.agreements.get(customer.company_id, ()))
    made = replace(place(customer, match.holding, match.part, match.profile, market), rule_id=match.rule.id)
    if isinstance(chosen, Undecided):
        return replace(made, sentence=chosen.sentence)
    why = "" if is_by_person else explain_match(match, chosen)
    return replace(made, agreement=chosen, why=why)


def place(customer: Customer, holding: Holding, part: Part, profile: BillingProfile, market: Market) -> Candidate:
    """One line billed by a profile, on no agreement yet."""
    seats = count_billed(holding, part, profile, market.preferences.new_mappings_basis)
    price = find_price(profile, market)
    monthly = None if price is None else round_money(price * seats)
    return Candidate(customer, holding, part, profile, None, "", "", seats, monthly)


def count_billed(holding: Holding, part: Part, profile: BillingProfile, usual: Basis) -> int:
    """The seats as a new mapping of the profile begins to bill them."""
    defaults = profile.defaults
    basis = Basis.PURCHASED if part is not None else defaults.basis or usual
    count = holding.count(part, basis, committed_floor=defaults.committed_floor)
    seats = max(count - defaults.included, defaults.minimum, 0)
    return seats if defaults.maximum is None else min(seats, defaults.maximum)


def find_price(profile: BillingProfile, market: Market) -> Decimal | None:
    """What a seat costs today: the profile's own price, else the PSA's."""
    if isinstance(profile.price, CustomPrice):
        return profile.price.amount_on(market.today)
    return market.prices.get(profile.connection_id, {}).get(profile.product_id)


def sum_monthly(candidates: Iterable[Candidate]) -> tuple[Decimal, int]:
    """What all of them cost a month together, and of how many nobody knows the price."""
    amounts = [each.monthly for each in candidates]
    return sum((each for each in amounts if each is not None), Decimal("0.00")), amounts.count(None)
