"""The stores of a simulated night: dictionaries with a fault point before and after every single call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from plans.approvals import Approval, OpenHold, OpenProposal, ends, outlives
from plans.asking import AskedRun
from plans.catalogue import PriceList
from plans.controls import Controls
from plans.counts import Count
from plans.journal import (
    Acceptance,
    Adoption,
    HistoryEntry,
    Intent,
    LineJournal,
    Refusal,
    Settlement,
)
from plans.keys import name_addition, name_line
from plans.ports import CustomerOverview, Desk
from plans.results import PushResult, RunResults, StampedTenant, TenantResult
from plans.runs import Run, Waiting, is_night
from plans.traffic import Traffic
from profiles.billing import BillingProfile, Customer, Mapping
from store.journal import history_key
from tests.simulation.blobs import Blobs
from tests.simulation.disk import Disk, State

__all__ = ["Disk", "Store"]


@dataclass
class Store(Blobs):
    """One process's way to the disk: `plans.ports` Books, Profiles, OpenItems, Runs and Archive in one."""

    async def list_customers(self) -> tuple[Customer, ...]:
        await self._reading("list_customers")
        return tuple(customer for _, customer in sorted(self.disk.customers.items()))

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        return tuple(self._overview(customer_id) for customer_id in sorted(self.disk.customers))

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        return self._overview(customer_id) if customer_id in self.disk.customers else None

    def _overview(self, customer_id: str) -> CustomerOverview:
        billed = {name: state.last_quantity for name, state in self.disk.states.get(customer_id, {}).items()}
        return CustomerOverview(self.disk.customers[customer_id], self._mappings(customer_id), billed)

    def _mappings(self, customer_id: str) -> tuple[Mapping, ...]:
        return tuple(sorted(self.disk.mappings.get(customer_id, ()), key=lambda mapping: mapping.id))

    async def save_customer(self, customer: Customer, mappings: Iterable[Mapping]) -> None:
        await self._before("save_customer")
        self.disk.customers[customer.id] = customer
        kept = {mapping.id: mapping for mapping in (*self.disk.mappings.get(customer.id, ()), *mappings)}
        self.disk.mappings[customer.id] = tuple(kept.values())
        await self._after("save_customer")

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        return tuple(entry for _, entry in sorted(self.disk.histories.get(customer_id, {}).items()))

    async def list_line_names(self) -> frozenset[str]:
        await self._reading("list_line_names")
        lines = {name_line(each.id) for name in self.disk.customers for each in self._mappings(name)}
        return frozenset(lines | {name for each in self.disk.adoptions.values() for name in self._name_adopted(each)})

    def _name_adopted(self, adoption: Adoption) -> set[str]:
        for customer_id, states in self.disk.states.items():
            if adoption.mapping_id in states and customer_id in self.disk.customers:
                connection_id = self.disk.customers[customer_id].connection_id
                return {name_addition(connection_id, adoption.agreement_id, each.id) for each in adoption.additions}
        return set()

    async def save_line_names(self, run_id: str, names: frozenset[str]) -> None:
        await self._put(f"lines/{run_id}", names)

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        found: frozenset[str] | None = await self._get(f"lines/{run_id}")
        return found or frozenset()

    async def save_prices(self, connection_id: str, prices: PriceList) -> None:
        await self._put(f"prices/{connection_id}", prices)

    async def read_prices(self, connection_id: str) -> PriceList | None:
        found: PriceList | None = await self._get(f"prices/{connection_id}")
        return found

    async def save_results(self, run_id: str, results: RunResults) -> None:
        await self._put(f"results/{run_id}", results)

    async def read_results(self, run_id: str) -> RunResults | None:
        found: RunResults | None = await self._get(f"results/{run_id}")
        return found

    async def save_needs(self, run_id: str, customer_ids: frozenset[str]) -> None:
        await self._put(f"needs/{run_id}", customer_ids)

    async def read_needs(self, run_id: str) -> frozenset[str] | None:
        found: frozenset[str] | None = await self._get(f"needs/{run_id}")
        return found

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        await self._reading("list_mapped_agreements")
        mapped: dict[str, set[str]] = defaultdict(set)
        for customer_id, customer in self.disk.customers.items():
            mapped[customer.connection_id].update(each.agreement_id for each in self._mappings(customer_id))
            for state in self.disk.states.get(customer_id, {}).values():
                mapped[customer.connection_id].update(state.agreement_ids)
        return {name: tuple(sorted(ids)) for name, ids in mapped.items() if ids}

    async def read_customer(self, customer_id: str) -> Customer | None:
        await self._reading("read_customer")
        return self.disk.customers.get(customer_id)

    async def read_desk(self, customer_id: str) -> Desk | None:
        await self._reading("read_desk")
        if customer_id not in self.disk.customers:
            return None
        mappings = self._mappings(customer_id)
        approvals = [each for _, each in sorted(self.disk.approvals.get(customer_id, {}).items())]
        return Desk(
            self.disk.customers[customer_id],
            mappings,
            {mapping.id: self._journal(customer_id, mapping.id) for mapping in mappings},
            tuple(each for each in approvals if outlives(each, self.disk.refusals.get(each.mapping_id))),
            dict(self.disk.undos.get(customer_id, {})),
        )

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        await self._reading("read_line")
        return self._journal(customer_id, mapping_id)

    def _journal(self, customer_id: str, mapping_id: str) -> LineJournal:
        evidence = [entry for key, entry in sorted(self.disk.evidence.items()) if key[0] == mapping_id]
        ended = {entry.sequence for entry in evidence}
        intents = [
            intent
            for key, intent in sorted(self.disk.intents.items())
            if key[0] == mapping_id and intent.sequence not in ended
        ]
        state = self.disk.states.get(customer_id, {}).get(mapping_id)
        return LineJournal(
            mapping_id=mapping_id,
            evidence=tuple(evidence),
            open_intents=tuple(intents),
            parked_sentence=None if state is None else state.parked_sentence,
            acceptances=tuple(each for key, each in sorted(self.disk.acceptances.items()) if key[0] == mapping_id),
            adoptions=tuple(each for key, each in sorted(self.disk.adoptions.items()) if key[0] == mapping_id),
            counts=tuple(each for key, each in sorted(self.disk.counts.items()) if key[0] == mapping_id),
            refusal=self.disk.refusals.get(mapping_id),
        )

    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        await self._before("insert_intent")
        key = (intent.mapping_id, intent.sequence, intent.attempt)
        is_new = key not in self.disk.intents
        self.disk.intents.setdefault(key, intent)
        await self._after("insert_intent")
        return is_new

    async def note_acceptance(self, customer_id: str, acceptance: Acceptance) -> None:
        await self._before("note_acceptance")
        self.disk.acceptances.setdefault((acceptance.mapping_id, acceptance.sequence), acceptance)
        await self._after("note_acceptance")

    async def settle(self, customer_id: str, settlement: Settlement) -> bool:
        await self._before("settle")
        evidence = settlement.evidence
        key = (evidence.mapping_id, evidence.sequence)
        is_new = key not in self.disk.evidence
        if is_new:
            self.disk.evidence[key] = evidence
            self.disk.histories[customer_id][history_key(settlement.history)] = settlement.history
            state = State(settlement.last_quantity, settlement.parked_sentence, settlement.agreement_ids)
            self.disk.states[customer_id][evidence.mapping_id] = state
            if evidence.ledger is not None:
                self.disk.ledger.append(evidence.ledger)
        await self._after("settle")
        return is_new

    async def save_counts(self, customer_id: str, counts: MappingOf[str, Sequence[Count]]) -> None:
        await self._before("save_counts")
        for mapping_id, of_line in counts.items():
            self.disk.counts.update({(mapping_id, count.day): count for count in of_line})
        if self.disk.on_counted is not None:
            self.disk.on_counted(customer_id, counts)
        await self._after("save_counts")

    async def adopt(self, customer_id: str, adoption: Adoption, history: HistoryEntry) -> bool:
        await self._before("adopt")
        key = (adoption.mapping_id, adoption.sequence, adoption.turn)
        is_new = key not in self.disk.adoptions and key[:2] not in self.disk.evidence
        if is_new:
            states = self.disk.states[customer_id]
            before = states[adoption.mapping_id].agreement_ids if adoption.mapping_id in states else ()
            agreement_ids = before if adoption.agreement_id in before else (*before, adoption.agreement_id)
            self.disk.adoptions[key] = adoption
            self.disk.histories[customer_id][history_key(history, "b")] = history
            states[adoption.mapping_id] = State(adoption.ledger.quantity, None, agreement_ids)
        await self._after("adopt")
        return is_new

    async def approve(self, customer_id: str, approval: Approval, history: HistoryEntry) -> None:
        await self._before("approve")
        key = (approval.mapping_id, approval.line_hash)
        standing = self.disk.approvals[customer_id].get(key)
        if standing is None or not outlives(standing, self.disk.refusals.get(approval.mapping_id)):
            self.disk.approvals[customer_id][key] = approval
            self.disk.histories[customer_id][history_key(history, f"v:{approval.line_hash}")] = history
        await self._after("approve")

    async def refuse(self, customer_id: str, refusal: Refusal, history: HistoryEntry) -> None:
        await self._before("refuse")
        self.disk.refusals[refusal.mapping_id] = refusal
        approvals = self.disk.approvals[customer_id]
        for key, each in list(approvals.items()):
            if key[0] == refusal.mapping_id and ends(refusal, each):
                del approvals[key]
        self.disk.histories[customer_id][history_key(history, "r")] = history
        await self._after("refuse")

    async def ask_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry) -> None:
        await self._before("ask_undo")
        self.disk.undos[customer_id][mapping_id] = sequence
        self.disk.histories[customer_id][history_key(history, "u")] = history
        await self._after("ask_undo")

    async def end_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry | None) -> None:
        await self._before("end_undo")
        if self.disk.undos[customer_id].get(mapping_id) == sequence:
            del self.disk.undos[customer_id][mapping_id]
            if history is not None:
                self.disk.histories[customer_id][history_key(history, "u")] = history
        await self._after("end_undo")

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        await self._before("take_turn")
        standing = self.disk.turns.get((connection_id, agreement_id))
        is_free = standing is None or standing[0] == holder or standing[1] <= self.now()
        if is_free:
            self.disk.turns[connection_id, agreement_id] = (holder, until)
        await self._after("take_turn")
        return is_free

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        await self._before("end_turn")
        standing = self.disk.turns.get((connection_id, agreement_id))
        if standing is not None and standing[0] == holder:
            del self.disk.turns[connection_id, agreement_id]

    async def list_profiles(self) -> dict[str, BillingProfile]:
        await self._reading("list_profiles")
        return dict(self.disk.profiles)

    async def read_controls(self) -> Controls:
        await self._reading("read_controls")
        return self.disk.controls

    async def list_holds(self) -> tuple[OpenHold, ...]:
        await self._reading("list_holds")
        return tuple(sorted(self.disk.holds.values(), key=lambda hold: (hold.since, hold.id)))

    async def replace_holds(self, customer_ids: frozenset[str], holds: Sequence[OpenHold]) -> None:
        await self._before("replace_holds")
        standing = dict(self.disk.holds)
        wanted = {hold.id: hold for hold in holds}
        for hold_id, hold in wanted.items():
            first = standing.get(hold_id, hold)
            self.disk.holds[hold_id] = replace(hold, since=first.since, run_id=first.run_id)
        await self._between("replace_holds")
        for hold_id, hold in standing.items():
            if hold.customer_id in customer_ids and hold_id not in wanted:
                self.disk.holds.pop(hold_id, None)
        await self._after("replace_holds")

    async def list_proposals(self) -> tuple[OpenProposal, ...]:
        await self._reading("list_proposals")
        return tuple(sorted(self.disk.proposals.values(), key=lambda proposal: (proposal.since, proposal.id)))

    async def list_settled(self, customer_id: str) -> tuple[OpenProposal, ...]:
        found = await self.list_proposals()
        return tuple(each for each in found if each.customer_id == customer_id and each.settled_by is not None)

    async def add_proposals(self, proposals: Sequence[OpenProposal]) -> None:
        await self._before("add_proposals")
        for proposal in proposals:
            self.disk.proposals.setdefault(proposal.id, proposal)
        await self._after("add_proposals")

    async def withdraw_proposals(self, proposal_ids: Sequence[str]) -> None:
        await self._before("withdraw_proposals")
        for proposal_id in proposal_ids:
            if proposal_id in self.disk.proposals and self.disk.proposals[proposal_id].settled_by is None:
                del self.disk.proposals[proposal_id]
        await self._after("withdraw_proposals")

    async def settle_proposal(self, proposal: OpenProposal) -> bool:
        await self._before("settle_proposal")
        standing = self.disk.proposals.get(proposal.id)
        is_open = standing is not None and standing.settled_by is None
        if is_open:
            self.disk.proposals[proposal.id] = proposal
        await self._after("settle_proposal")
        return is_open

    async def open_run(self, run: Run) -> Run:
        await self._before("open_run")
        standing = self.disk.runs.setdefault(run.id, run)
        await self._after("open_run")
        return standing

    async def read_run(self, run_id: str) -> Run | None:
        await self._reading("read_run")
        return self.disk.runs.get(run_id)

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        await self._reading("list_runs")
        return tuple(run for _, run in sorted(self.disk.runs.items(), reverse=True))[:limit]

    async def list_nights(self, limit: int) -> tuple[Run, ...]:
        return tuple(run for run in await self.list_runs(len(self.disk.runs)) if is_night(run.id))[:limit]

    async def save_run(self, run: Run) -> None:
        await self._before("save_run")
        self.disk.runs[run.id] = run
        await self._after("save_run")

    async def reserve(self, asked: AskedRun) -> bool:
        is_free = asked.run_id not in self.disk.asked
        self.disk.asked.add(asked.run_id)
        return is_free

    async def save_waiting(self, run_id: str, waiting: Waiting) -> None:
        self.disk.waiting[run_id, waiting.connection_id] = waiting

    async def list_waiting(self, run_id: str) -> tuple[Waiting, ...]:
        return tuple(each for key, each in sorted(self.disk.waiting.items()) if key[0] == run_id)

    async def queue_tenants(self, run_id: str, tenants: Sequence[TenantResult]) -> None:
        await self._before("queue_tenants")
        for tenant in tenants:
            self.disk.tenants.setdefault((run_id, tenant.tenant_id), tenant)
        await self._after("queue_tenants")

    async def read_tenant(self, run_id: str, tenant_id: str) -> TenantResult | None:
        await self._reading("read_tenant")
        return self.disk.tenants.get((run_id, tenant_id))

    async def read_stamped(self, run_id: str, tenant_id: str) -> StampedTenant | None:
        row = await self.read_tenant(run_id, tenant_id)
        return None if row is None else StampedTenant(row, repr(row))

    async def end_tenant(self, run_id: str, tenant: TenantResult, stamp: str) -> bool:
        await self._before("end_tenant")
        is_as_read = repr(self.disk.tenants[run_id, tenant.tenant_id]) == stamp
        if is_as_read:
            self.disk.tenants[run_id, tenant.tenant_id] = tenant
        await self._after("end_tenant")
        return is_as_read

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        await self._reading("list_tenants")
        return tuple(row for key, row in sorted(self.disk.tenants.items()) if key[0] == run_id)

    async def save_push(self, run_id: str, result: PushResult) -> None:
        await self._before("save_push")
        self.disk.pushes[run_id, result.plan_hash] = result
        await self._after("save_push")

    async def list_pushes(self, run_id: str) -> tuple[PushResult, ...]:
        await self._reading("list_pushes")
        return tuple(row for key, row in sorted(self.disk.pushes.items()) if key[0] == run_id)

    async def save_traffic(self, run_id: str, process_id: str, traffic: Traffic) -> None:
        self.disk.traffic[run_id, process_id] = traffic

    async def read_traffic(self, run_id: str) -> Traffic:
        kept = [traffic for key, traffic in self.disk.traffic.items() if key[0] == run_id]
        return reduce(Traffic.plus, kept, Traffic())
