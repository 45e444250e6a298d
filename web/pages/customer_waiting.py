"""What waits of one customer: for a person, for its day, for money to be given back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from notify.wording import write_money
from plans.approvals import HeldLine
from plans.changes import HoldRule
from plans.lines import says_ending
from plans.runs import CustomerState
from web.pages.attention import WORDS as NEED_WORDS
from web.pages.attention import NeedKind, Trouble
from web.pages.customer_view import CustomerRecords, list_open_proposals, write_need_since
from web.pages.diff_view import describe_proposal
from web.pages.names import write_adoption_address, write_approvals_address, write_move_address
from web.pages.view import Tone
from web.wording import (
    ACCEPT,
    ADOPT,
    DECIDE,
    HOLD_WORDS,
    clean,
    hide_ids,
    write_number_of,
    write_short_day,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. `about` says in a few words by which rule, of which licence, for which day.

    `address` is where a person does something about it, and `leads` says what; both are empty where that is the PSA.
    """

    word: str
    tone: Tone
    about: str
    sentence: str
    since: str = ""
    address: str = ""
    leads: str = ""


@dataclass(frozen=True, slots=True)
class WaitingView:
    """The tab."""

    needs: tuple[Waiting, ...]
    scheduled: tuple[Waiting, ...]
    proposals: tuple[Waiting, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.needs or self.scheduled or self.proposals)


def make_waiting(records: CustomerRecords) -> WaitingView:
    """Everything of the customer's newest run that waits."""
    scheduled = sorted(
        (line for agreement in records.agreements for line in agreement.scheduled),
        key=lambda line: line.takes_effect_on,
    )
    return WaitingView(
        needs=tuple(list_needs(records)),
        scheduled=tuple(
            Waiting(
                word="Scheduled",
                tone=Tone.BUSY,
                about=f"{clean(line.licence_name)}: {write_number_of(line.quantity, 'seat')} from "
                f"{write_short_day(line.takes_effect_on)}",
                sentence=hide_ids(line.sentence, records.tenant_id),
                since="" if line.writable_on is None else f"Writable on {write_short_day(line.writable_on)}",
            )
            for line in scheduled
        ),
        proposals=tuple(
            Waiting(
                word="Credit proposal",
                tone=Tone.LOOK,
                about=clean(line.licence_name),
                sentence=describe_proposal(line.proposal, records.currency)
                + " Give the money back in the PSA if you want to.",
                address=f"/approvals/credits?{urlencode({'q': records.name})}",
                leads="Tick it off",
            )
            for line in list_open_proposals(records)
        ),
    )


def list_needs(records: CustomerRecords) -> Iterator[Waiting]:
    """One entry for each sentence, as the run lists them."""
    held = {
        line.sentence: line
        for agreement in records.agreements
        for line in (*agreement.held, *records.aftermath.held_lines(agreement))
    }
    parked = find_parked(records)
    for sentence, trouble in {each.sentence: each for each in records.in_run.troubles}.items():
        word, tone = NEED_WORDS[trouble.kind]
        line = held.get(sentence)
        about = "" if line is None else write_hold(line, records.currency)
        address, leads = lead(records, trouble, line, parked.get(sentence, ""))
        yield Waiting(
            word,
            tone,
            about,
            hide_ids(sentence, trouble.tenant_id),
            write_need_since(records),
            address,
            leads,
        )


def lead(records: CustomerRecords, trouble: Trouble, held: HeldLine | None, parked: str) -> tuple[str, str]:
    """Where a person does something about it, and what; `parked` is the mapping of a line that waits for a look."""
    customer_id = records.overview.customer.id
    if held is not None and held.rule is HoldRule.UNADOPTED_ADDITION:
        return write_adoption_address(customer_id, held.mapping_id, held.elsewhere), ADOPT
    if trouble.kind is NeedKind.HELD:
        return write_approvals_address(customer_id), DECIDE
    if trouble.kind is NeedKind.PARKED and parked:
        home = next((each.agreement_id for each in records.overview.mappings if each.id == parked), "")
        if home and says_ending(trouble.sentence, home):
            return write_move_address(customer_id, home), "Move it"
        return write_adoption_address(customer_id, parked), ACCEPT
    return "", ""


def find_parked(records: CustomerRecords) -> dict[str, str]:
    """The mapping that each sentence parks: of those whom the plan parks, and of those whom their push did.

    A push says which lines it proved and why the others stopped, in their order: where one of them is both, nobody can
    tell which sentence is whose, until the next run plans them.
    """
    found: dict[str, str] = {}
    for agreement in records.agreements:
        found |= {line.sentence: line.mapping_id for line in agreement.parked}
        push = records.aftermath.push_of(agreement.plan_hash)
        if push is None or push.state is not CustomerState.PARKED:
            continue
        proved = {change.mapping_id for change in push.changes}
        allowed = records.aftermath.allowed.get(agreement.plan_hash, frozenset())
        stopped = [line.mapping_id for line in agreement.writing if line.mapping_id in allowed - proved]
        if len(stopped) == len(push.sentences):
            found |= dict(zip(push.sentences, stopped, strict=True))
    return found


def write_hold(line: HeldLine, currency: str) -> str:
    """Large drop; −100.00 EUR a month (forecast)."""
    rule = HOLD_WORDS[line.rule]
    money = (
        ""
        if line.monthly is None
        else f"; {write_money(line.monthly, currency, is_difference=True)} a month (forecast)"
    )
    return f"{rule}{money}"
