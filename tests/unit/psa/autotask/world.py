"""Nights in memory on Autotask: the product's own reading, translation and following over contracts in memory."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import override

from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Agreement
from plans.apart import list_posted_parts, see_agreement
from plans.changes import AdjustUnits, Apply, Change, CreateAddition
from plans.counts import Count, record_count
from plans.following import Followed, Follower, Renewal, find_renewal, follow
from plans.inputs import Surroundings
from plans.journal import Adoption, Ending, Evidence
from plans.ledger import Proof, make_entry
from plans.plan import LinePlan
from plans.terms import make_terms
from profiles.billing import Mapping
from psa.autotask.translate import translate_line
from tests.unit.plans.nights import World, tell_change
from tests.unit.psa.autotask.contracts import BACKUP, Contract, Service


@dataclass
class AutotaskWorld(World):
    """A customer whose agreements are contracts. `prorates` is the connection's; on a night that is `unread` no
    contract answers; a worker that dies has `room` for so many writes. `refused` are writes that nobody expected."""

    contracts: dict[str, Contract] = field(default_factory=dict)
    prorates: bool = True
    lead_nights: int = 3
    unread: bool = False
    room: int | None = None
    refused: list[str] = field(default_factory=list)

    @override
    def decide(self) -> dict[str, Mapping]:
        chosen = super().decide().items()
        return {name: replace(each, prorates=each.prorates and self.prorates) for name, each in chosen}

    @override
    def check_law(self, line: LinePlan) -> None:
        """Units are asked about day by day by whoever tells a story: a day takes one adjustment, and what ends with a
        contract is not written."""

    def read_contracts(self, today: date) -> dict[str, Agreement]:
        """All of them, as a night reads them."""
        return {each.id: each.read(today) for each in self.contracts.values()}

    @override
    def surround(self, today: date) -> Surroundings:
        translate = partial(translate_line, lead_nights=self.lead_nights)
        return replace(super().surround(today), translate=translate, agreements=self.read_contracts(today))

    @override
    def plan(self, today: date) -> dict[str, LinePlan]:
        """Nothing is planned where no contract answers."""
        return {} if self.unread else super().plan(today)

    @override
    def read(self, today: date, readings: MappingOf[str, int]) -> None:
        """What a night reads, in its order: what renews a contract is followed first."""
        agreements = {} if self.unread else self.read_contracts(today)
        if not self.unread:
            self.follow_renewals(today, agreements)
        mappings = self.decide()
        for mapping_id, seats in readings.items():
            mapping, journal = mappings[mapping_id], self.journals[mapping_id]
            if mapping.is_ended and not self.still_bills(mapping_id, today):
                continue
            home = agreements.get(mapping.agreement_id)
            facts = None if home is None else see_agreement(home, journal).facts
            read = Count(
                today,
                self.clamp(mapping, seats),
                today,
                None if facts is None else facts.invoiced_through,
                seats,
                None if facts is None else make_terms(mapping, facts),
                read_at=datetime(today.year, today.month, today.day, 2, tzinfo=UTC),
                posted_parts=None if home is None else list_posted_parts(home, journal, today, agreements.values()),
            )
            self.journals[mapping_id] = replace(journal, counts=record_count(journal.counts, read))

    def follow_renewals(self, today: date, agreements: dict[str, Agreement]) -> None:
        """As a run does before it counts: lines of a contract that is over go on in what renews it."""
        for renewal in self.list_renewals(today, agreements):
            names = self.surround(today).line_names
            for mapping_id in list(self.mappings):
                answer = follow(self.make_follower(mapping_id, names, agreements), renewal, today)
                if isinstance(answer, Followed):
                    self.keep_followed(mapping_id, answer.mapping.agreement_id, answer.adoption)

    def list_renewals(self, today: date, agreements: dict[str, Agreement]) -> list[Renewal]:
        """Those of the contracts that are over."""
        found = (find_renewal(each, agreements, today) for each in agreements.values())
        return [each for each in found if each is not None]

    def make_follower(self, mapping_id: str, names: frozenset[str], agreements: dict[str, Agreement]) -> Follower:
        """A mapping as one that may follow a renewal."""
        others = tuple(
            (each, self.profiles[each.id].product_id) for each in self.mappings.values() if each.id != mapping_id
        )
        product_id, journal = self.profiles[mapping_id].product_id, self.journals[mapping_id]
        return Follower(self.mappings[mapping_id], product_id, journal, others, self.journals, names, agreements)

    def keep_followed(self, mapping_id: str, agreement_id: str, taken: Adoption | None) -> None:
        """A line goes on on a renewal."""
        journal = self.journals[mapping_id]
        if taken is not None:
            self.journals[mapping_id] = replace(journal, adoptions=(*journal.adoptions, taken))
        self.change(mapping_id, agreement_id=agreement_id)

    def map_to_renewal(self, mapping_id: str, today: date) -> str:
        """What a person does who is told to: map the licence to the renewal and adopt what carries it on there."""
        mapping = self.mappings[mapping_id]
        old = self.contracts[mapping.agreement_id]
        if old.renewed_by is None:
            return ""
        new, journal = self.contracts[old.renewed_by].read(today), self.journals[mapping_id]
        found = list(self.list_carried(mapping_id, self.contracts[old.renewed_by]))
        carried = {str(each.id) for each in found}
        taken: Adoption | NotAdoptable | None = None
        if carried:
            last_days = {each.id: each.ends_on for each in self.contracts.values()}
            additions = [each for each in new.additions if each.id in carried]
            taken = adopt(journal, new, additions, Adopter("Ada", today, "It renews the old one."), last_days)
        if isinstance(taken, NotAdoptable) and not any(each.sum_units(today) for each in found):
            carried, taken = set(), None
        if isinstance(taken, NotAdoptable):
            return f"cannot be adopted: {taken.sentence}"
        self.keep_followed(mapping_id, new.id, taken)
        return f"is mapped to {new.id}, adopting {sorted(carried)}"

    def list_carried(self, mapping_id: str, new: Contract) -> Iterator[Service]:
        """The services of a renewal that carry a line on, or those that it takes over from."""
        names = {mapping_id}
        while more := {each for name in names for each in self.mappings[name].follows} - names:
            names |= more
        own = {name for each in names for name in self.journals[each].written}
        own_keys = self.journals[mapping_id].written
        for each in new.services.values():
            if str(each.carries) in own and (each.sum_units(new.starts_on) or str(each.carries) in own_keys):
                yield each

    def end_carried(self, today: date) -> Iterator[str]:
        """What a person does who looks at a renewal: units that it carried over for a line that is elsewhere now."""
        for contract, service in self.list_unknown(today):
            units = service.sum_units(today)
            if units:
                contract.cancel(service, units)
                yield f"{units} that contract {contract.id} carried over as {service.id} are ended"

    def clear_copied(self, today: date) -> Iterator[str]:
        """What a person does about keys that were copied to what no line has: another internal description."""
        for contract, service in self.list_unknown(today):
            service.key, contract.writes = "", contract.writes + 1
            yield f"{service.id} on contract {contract.id} has no key any more"

    def list_unknown(self, today: date) -> Iterator[tuple[Contract, Service]]:
        """What renewals carried over and no line knows, once they run."""
        known = {name for each in self.journals.values() for name in each.written}
        for contract in self.contracts.values():
            for service in contract.services.values() if contract.starts_on < today else ():
                if service.carries and service.product_id != BACKUP and str(service.id) not in known:
                    yield contract, service

    @override
    def apply(self, line: LinePlan, today: date) -> None:
        """What may be written, until something is refused or the worker dies."""
        changes = line.decision.changes if isinstance(line.decision, Apply) else ()
        for change in changes:
            if self.room == 0 or not self.try_to_write(line, change, today):
                return
            self.room = None if self.room is None else self.room - 1

    def try_to_write(self, line: LinePlan, change: Change, today: date) -> bool:
        """What Autotask does with it, and the evidence; whether it was taken."""
        journal, contract = self.journals[line.mapping_id], self.contracts[change.agreement_id]
        assert change.sequence == journal.next_sequence
        billed = journal.find_billed(
            change.agreement_id, see_agreement(contract.read(today), journal).facts.invoiced_through
        )
        number, ending = self.send(contract, change, today)
        if ending not in (Ending.VERIFIED, Ending.POSTED):
            self.refused.append(f"{today} {line.mapping_id} {change.agreement_id}: {ending} {tell_change(change)}")
        is_taken = ending is Ending.VERIFIED
        agreement = contract.read(today)
        after = next(each for each in agreement.additions if each.id == number) if is_taken else None
        proof = Proof(number, see_agreement(agreement, journal).facts.invoiced_through)
        evidence = Evidence(
            mapping_id=line.mapping_id,
            sequence=change.sequence,
            run_id=today.isoformat(),
            plan_hash=f"plan of {line.changes[0].sequence}",
            ending=ending,
            ended_at=datetime(today.year, today.month, today.day, tzinfo=UTC),
            change=change,
            before=line.before,
            after=after,
            ledger=make_entry(line.mapping_id, change, billed, proof) if is_taken else None,
            sentence="Done.",
        )
        self.journals[line.mapping_id] = replace(journal, evidence=(*journal.evidence, evidence))
        self.writes += 1
        return is_taken

    def send(self, contract: Contract, change: Change, today: date) -> tuple[str, Ending]:
        """The number of the service, and what Autotask said."""
        match change:
            case CreateAddition():
                return str(contract.add_service(change.product_id, change.key).id), Ending.VERIFIED
            case AdjustUnits():
                made = (each for each in contract.services.values() if each.key == change.made_by)
                number = int(change.addition_id) if change.addition_id else next(made).id
                units = change.units_after - change.units_before
                return str(number), contract.adjust(number, change.effective_on, units, today)
            case _:
                raise AssertionError(f"nothing of a walk writes {change}")
