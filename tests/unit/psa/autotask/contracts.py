"""One Autotask contract in memory: services, units by day, posting. Its rows are read by the product's own reading;
units are cut into rows as the simulator does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from local.simulators.autotask.contract_periods import Term
from local.simulators.autotask.units import Adjustment, Part, make_parts
from plans.agreements import Agreement
from plans.journal import Ending
from profiles.periods import ONE_DAY
from psa.autotask.rows import read_agreement, read_contract

COMPANY = "42"
BACKUP = "900"
PRICE = Decimal(20)
PERIOD_TYPES = {1: 2, 3: 3}
RENEWAL = 100


@dataclass
class Service:
    """A service on a contract. `made_on` are the days on which the adjustment of each effective day was made, `posted`
    the days on which each row was, by its first day. `carries` is the service of the old contract that a renewal
    carried over, 0 for none."""

    id: int
    product_id: str
    key: str
    adjustments: list[Adjustment] = field(default_factory=list)
    made_on: dict[date, date] = field(default_factory=dict)
    posted: dict[date, date] = field(default_factory=dict)
    carries: int = 0

    def sum_units(self, day: date, more: tuple[date, int] | None = None) -> int:
        """The units of a day; with one more adjustment, if given."""
        units = sum(each.units for each in self.adjustments if each.effective <= day)
        return units + (more[1] if more is not None and more[0] <= day else 0)

    def list_parts(self, term: Term) -> list[Part]:
        """Its rows of units."""
        return make_parts(term, PRICE, Decimal(0), self.adjustments)


@dataclass
class Contract:
    """By `months` from `starts_on`, through `ends_on`. `through` is the last day of the last period that was posted.

    Where it `refuses_posted`, no adjustment of a posted row is taken.
    """

    id: str
    starts_on: date
    ends_on: date
    months: int
    in_arrears: bool
    through: date
    refuses_posted: bool = False
    renewed_by: str | None = None
    services: dict[int, Service] = field(default_factory=dict)
    writes: int = 0
    _read: tuple[tuple[date, int], Agreement] | None = None

    def __post_init__(self) -> None:
        """Something else is on it, which is posted as all is."""
        if not self.services:
            self.adjust(self.add_service(BACKUP, "").id, self.starts_on, 1, self.starts_on)

    @property
    def term(self) -> Term:
        """Its days and periods."""
        return Term(self.starts_on, self.ends_on, self.months)

    def add_service(self, product_id: str, key: str) -> Service:
        """A service without units."""
        self.writes += 1
        made = Service(int(self.id) * 1000 + len(self.services) + 1, product_id, key)
        self.services[made.id] = made
        return made

    def adjust(self, number: int, day: date, units: int, today: date) -> Ending:
        """One adjustment, as Autotask takes or refuses it."""
        service = self.services[number]
        if day in service.made_on:
            return Ending.DAY_TAKEN
        if self.refuses_posted and self.is_posted(service, day):
            return Ending.POSTED
        later = {day, *(each.effective for each in service.adjustments)}
        if not self.term.holds(day) or any(service.sum_units(each, (day, units)) < 0 for each in later):
            return Ending.REFUSED
        self.writes += 1
        service.adjustments.append(Adjustment(len(service.adjustments) + 1, day, units))
        service.made_on[day] = today
        return Ending.VERIFIED

    def cancel(self, service: Service, units: int) -> None:
        """A person takes back what a renewal carried over, from its first day, whatever is posted."""
        self.writes += 1
        service.adjustments.append(Adjustment(len(service.adjustments) + 1, self.starts_on, -units))

    def is_posted(self, service: Service, day: date) -> bool:
        """Whether the row of units of a day was posted."""
        return any(
            part.first <= day <= part.last for part in service.list_parts(self.term) if part.first in service.posted
        )

    def find_due(self) -> date | None:
        """The day on which its next posting is usually made; None where all of it is posted."""
        period = next((each for each in self.term.periods() if each.first > self.through), None)
        if period is None:
            return None
        return min(period.last, self.ends_on) + ONE_DAY if self.in_arrears else period.first

    def post(self, today: date) -> None:
        """The next period: what began by its first day in advance, all of it in arrears; with all before it."""
        period = next(each for each in self.term.periods() if each.first > self.through)
        last = min(period.last, self.ends_on)
        begun_by = last if self.in_arrears else period.first
        for service in self.services.values():
            for part in service.list_parts(self.term):
                if part.first <= begun_by:
                    service.posted.setdefault(part.first, today)
        self.through = last
        self.writes += 1

    def renew(self, last: date, *, keeps_text: bool) -> Contract:
        """The contract after this one, with the units that there are in the end."""
        number = str(int(self.id) + RENEWAL)
        made = Contract(number, self.ends_on + ONE_DAY, last, self.months, self.in_arrears, self.ends_on)
        made.refuses_posted, made.services = self.refuses_posted, {}
        for service in self.services.values():
            if service.adjustments:
                carried = made.add_service(service.product_id, service.key if keeps_text else "")
                carried.carries = service.id
                carried.adjustments.append(Adjustment(1, made.starts_on, service.sum_units(self.ends_on)))
        self.renewed_by = number
        self.writes += 1
        return made

    def count_units(self) -> Counter[date]:
        """What its days bill once all of it is posted, but for what was there before."""
        billed: Counter[date] = Counter()
        for service in self.services.values():
            for part in service.list_parts(self.term) if service.product_id != BACKUP else ():
                days = (part.last - part.first).days + 1
                billed.update({part.first + timedelta(days=each): part.units for each in range(days)})
        return billed

    def list_ahead(self) -> Iterator[tuple[date, date, int]]:
        """The days whose one adjustment was made before them, and when: what is read since is billed from the next. And
        how many units fell since then on days before them: they are missing on these days as well."""
        for service in self.services.values():
            for day, made_on in service.made_on.items():
                since = [
                    each.units
                    for each in service.adjustments
                    if each.effective < day and service.made_on.get(each.effective, made_on) > made_on
                ]
                if made_on < day:
                    yield day, made_on, -sum(min(units, 0) for units in since)

    def read(self, today: date) -> Agreement:
        """As a night reads it."""
        known = (today, self.writes)
        if self._read is None or self._read[0] != known:
            self._read = (known, self.read_rows(today))
        return self._read[1]

    def read_rows(self, today: date) -> Agreement:
        """The product's own reading of its rows."""
        row = {
            "id": int(self.id),
            "contractName": "Managed Services",
            "companyID": COMPANY,
            "contractType": 7,
            "contractPeriodType": PERIOD_TYPES[self.months],
            "status": 1,
            "startDate": self.starts_on.isoformat(),
            "endDate": self.ends_on.isoformat(),
            "renewedContractID": self.renewed_by,
        }
        contract = read_contract(row, {kind: months for months, kind in PERIOD_TYPES.items()})
        services = [self.write_service(each) for each in self.services.values()]
        units = {
            each.id: [self.write_row(each, part) for part in each.list_parts(self.term)]
            for each in self.services.values()
        }
        return read_agreement("connectwise", contract, services, units, today, 200)

    def write_service(self, service: Service) -> dict[str, Any]:
        """A service as Autotask answers it."""
        return {
            "id": service.id,
            "contractID": int(self.id),
            "serviceID": service.product_id,
            "unitPrice": float(PRICE),
            "internalDescription": service.key,
            "invoiceDescription": "",
        }

    def write_row(self, service: Service, part: Part) -> dict[str, Any]:
        """A row of units as Autotask answers it."""
        posted_on = service.posted.get(part.first)
        return {
            "contractServiceID": service.id,
            "startDate": part.first.isoformat(),
            "endDate": part.last.isoformat(),
            "units": part.units,
            "price": float(part.price),
            "approveAndPostDate": None if posted_on is None else f"{posted_on.isoformat()}T09:00:00",
        }
