"""What waits of one customer: for a person, for its day, for money to be given back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from plans.approvals import HeldLine
from web.pages.attention import WORDS as NEED_WORDS
from web.pages.attention import NeedKind
from web.pages.customer_view import CustomerRecords, list_open_proposals, write_need_since
from web.pages.diff_view import describe_proposal
from web.pages.money import write_money
from web.pages.names import write_approvals_address
from web.pages.view import Tone
from web.wording import (
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
    for sentence, trouble in {each.sentence: each for each in records.in_run.troubles}.items():
        word, tone = NEED_WORDS[trouble.kind]
        line = held.get(sentence)
        about = "" if line is None else write_hold(line, records.currency)
        is_held = trouble.kind is NeedKind.HELD
        yield Waiting(
            word,
            tone,
            about,
            hide_ids(sentence, trouble.tenant_id),
            write_need_since(records),
            write_approvals_address(records.overview.customer.id) if is_held else "",
            "Decide about it" if is_held else "",
        )


def write_hold(line: HeldLine, currency: str) -> str:
    """Large drop; −100.00 EUR a month (forecast)."""
    rule = HOLD_WORDS[line.rule]
    money = (
        ""
        if line.monthly is None
        else f"; {write_money(line.monthly, currency, is_difference=True)} a month (forecast)"
    )
    return f"{rule}{money}"
