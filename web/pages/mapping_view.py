"""What saving would do, in words: each line, the money, when it is written, and the invoice text as it will print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from plans.beside import Beside, say_beside
from plans.catalogue import may_bill_on
from plans.changes import Apply, Change, CreateAddition, Held, Unchanged
from plans.controls import Controls
from plans.ports import Outside
from profiles.billing import BillingProfile, Customer
from profiles.readings import Reading, Unknown
from sync.previewing import Preview, PreviewedLine
from web.actions.mapping_words import name_line
from web.pages.aftermath import Aftermath
from web.pages.change_words import write_line
from web.pages.committed_seats import explain_floor
from web.pages.diff_view import About, LineView, make_line, name_agreement
from web.pages.first_invoice import name_first_invoice
from web.pages.mapping_money import lacks_plan, list_sums, write_later_prices, write_line_money, write_moved
from web.pages.mapping_records import LicenceRecords
from web.pages.mapping_steps import find_next_night, list_steps
from web.pages.names import write_licence_address
from web.pages.standing import Standing
from web.pages.transfer_table import TransferTable, make_transfer_table, name_half
from web.pages.view import Tone
from web.wording import (
    clean,
    end_sentence,
    hide_ids,
    open_sentence,
    write_bundled,
    write_clock,
    write_count,
    write_moment,
    write_number_of,
    write_short_day,
)

# What stands beside a line, and the words that it takes to understand it.
JARGON = (
    ("Would be held", "Held", "Brake"),
    ("Would be parked", "Parked"),
    ("Observed", "Observed"),
    ("Scheduled", "Scheduled"),
)
# No button of a preview approves anything; `when` says where that is done.
ASKS_FOR_A_WORD = " Approve it, or refuse it."
HELD = "A brake holds it: the next night puts it under Approvals, and it is written once somebody approves it."


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One line. `half` is set where it ends, or takes over from others. `facts` are what `sentence` says as a table, a
    word and what it comes to each; none where only the sentence can say it. `money` is what one of several lines moves.
    """

    licence: str
    sentence: str
    word: str
    tone: Tone
    why: str
    writes: tuple[str, ...]
    half: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    money: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceText:
    """The text under one line of the invoice, exactly as it will print."""

    licence: str
    text: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What bills the product on another agreement of the company. `address` is where the licence is mapped there, empty
    where it cannot be, and `words` what is done about it."""

    sentence: str
    words: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The preview. `problem` says why there is none, where there is none; the rest is empty then.

    `elsewhere` is what other agreements of the company bill already, `doubts` are what looks wrong about it. `later` is
    what the night after would do where a decrease has to be confirmed first. `sums` are the money and the days of all
    lines, a word and what it comes to each. `move` is a split, a merge or a move as one table. `changes_nothing`: the
    mapping is kept as it stands, and the next night does all of it anyway. `steps` are the nights up to `later`.
    """

    problem: str = ""
    rows: tuple[PreviewRow, ...] = ()
    money: str = ""
    money_note: str = ""
    when: str = ""
    strangers: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()
    doubts: tuple[str, ...] = ()
    texts: tuple[InvoiceText, ...] = ()
    later: tuple[PreviewRow, ...] = ()
    later_money: str = ""
    read: str = ""
    sums: tuple[tuple[str, str], ...] = ()
    move: TransferTable | None = None
    changes_nothing: bool = False
    steps: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in it that is not a biller's word."""
        said = {row.word for row in (*self.rows, *self.later)}
        found = [meant for word, *meaning in JARGON if word in said for meant in meaning]
        return (*found, *(("Adopted",) if self.strangers or self.elsewhere else ()))


def make_preview(records: LicenceRecords, reading: Reading[Preview], outside: Outside, now: datetime) -> PreviewView:
    """The preview in words. `now` is aware."""
    if isinstance(reading, Unknown):
        return PreviewView(problem=hide_ids(end_sentence(reading.detail), records.customer.tenant_id))
    preview, currency = reading.value, outside.currency
    later = preview.confirmed
    waits, when = write_waits(preview), write_when(outside, records.customer, records.controls, now)
    is_stepping = later is not None and not records.customer.is_observed and waits in ("", HELD)
    return PreviewView(
        rows=tuple(make_row(records, preview, each, currency) for each in preview.lines),
        money=write_moved(preview, currency),
        money_note=" ".join(
            (*(later or preview).money.missing, *write_later_prices(records, preview, currency)),
        ),
        when=waits or when,
        steps=list_steps(outside, now, is_held=bool(waits)) if is_stepping and not records.controls.pause else (),
        strangers=write_strangers(preview),
        elsewhere=list_elsewhere(records, preview),
        texts=tuple(list_texts(preview)),
        later=() if later is None else tuple(make_row(records, later, each, currency) for each in later.lines),
        later_money="" if later is None else write_moved(later, currency),
        sums=tuple(list_sums(later or preview, currency)),
        move=make_transfer_table(preview, currency),
        read=write_read(preview, outside),
    )


def write_read(preview: Preview, outside: Outside) -> str:
    """What it rests on; where a line cannot be planned, the PSA may not have answered."""
    read = f"By the licences read on {write_moment(preview.read_at, outside.zone)}"
    return f"{read}." if lacks_plan(preview) else f"{read}, and the PSA as it is now."


def make_row(records: LicenceRecords, preview: Preview, each: PreviewedLine, currency: str) -> PreviewRow:
    """One line: what becomes of it, and whether that is written or waits."""
    licence, tenant_id = name_line(each.mapping), records.customer.tenant_id
    half = name_half(each)
    plan, line = each.plan, each.line
    if plan is None or line is None:
        if not each.mapping.agreement_id:
            return PreviewRow(licence, "It is on no agreement, so nothing is billed for it.", "", Tone.PLAIN, "", ())
        sentence = hide_ids(end_sentence(open_sentence(each.sentence)), tenant_id)
        return PreviewRow(licence, sentence, "Cannot be planned", Tone.BAD, "", (), half)
    about = About("", "", tenant_id, "", {}, currency)
    view = make_line(plan, line, Aftermath(), None, "", about)
    counts = not each.mapping.is_ended and not each.mapping.is_excluded
    floor = explain_floor(preview.snapshot, each.mapping) if counts else ""
    why = view.why.removesuffix(ASKS_FOR_A_WORD)
    return PreviewRow(
        licence=licence,
        sentence=write_sentence(records, preview, each, view),
        word=write_word(view, is_observed=plan.is_observed),
        tone=view.tone,
        why=" ".join(filter(None, (floor, view.rule_sentence, why, *view.scheduled, *view.proposals))),
        writes=tuple(write_line(drop_text(change), plan.agreement_id, currency) for change in line.wanted),
        half=half,
        facts=tuple(list_facts(records, preview, each, view)),
        money=write_line_money(preview, each, currency),
    )


def list_facts(
    records: LicenceRecords, preview: Preview, each: PreviewedLine, view: LineView
) -> Iterator[tuple[str, str]]:
    """What a line bills now and after, from which day, and on which invoice first; nothing where neither moves in one
    step."""
    goes_over = each.line is not None and any(is_begun_here(change, each) for change in each.line.wanted)
    is_ending = each.mapping.is_ended and each.line is not None and not each.line.wanted
    if (view.before == view.after and goes_over) or (is_ending and view.before):
        return
    place = name_place(preview, each.mapping.agreement_id)
    yield "Agreement", open_sentence(place)
    yield "Product", open_sentence(name_product(records.all_profiles.get(each.mapping.profile_id)))
    if view.before == view.after:
        yield "Seats", f"{write_count(view.before)}, as now"
        return
    yield "Seats now", write_count(view.before)
    yield "Seats after", f"{write_count(view.after)} ({view.difference})"
    if view.effective_on is not None:
        yield "From", view.effective
        yield "First invoice", name_first_invoice(preview.agreements.get(each.mapping.agreement_id), view.effective_on)


def drop_text(change: Change) -> Change:
    """A new addition without its invoice text, which stands below for itself."""
    return replace(change, description=None) if isinstance(change, CreateAddition) else change


def write_word(view: LineView, *, is_observed: bool) -> str:
    """How the line would stand after the next run."""
    match view.standing:
        case Standing.WAITING if not is_observed:
            return "Would be written"
        case Standing.HELD:
            return "Would be held"
        case Standing.PARKED:
            return "Would be parked"
        case Standing.UNCHANGED:
            return "Nothing to write"
        case _:
            return view.word


def write_sentence(records: LicenceRecords, preview: Preview, each: PreviewedLine, view: LineView) -> str:
    """On Managed Services (agreement 1201): 10 → 12 of Business Premium from 1 May 2026."""
    profile = records.all_profiles.get(each.mapping.profile_id)
    where, product = name_place(preview, each.mapping.agreement_id), name_product(profile)
    day = f" from {view.effective}" if view.effective and view.before != view.after else ""
    if each.mapping.is_ended and each.line is not None and not each.line.wanted and view.before:
        return f"On {where}: {write_count(view.before)} of {product} are to end."
    if view.before != view.after:
        seats = f"{write_count(view.before)} → {write_count(view.after)}"
        return f"On {where}: {seats} of {product}{day}."
    if each.line is not None and any(is_begun_here(change, each) for change in each.line.wanted) and view.before:
        starts = min(c.effective_on for c in each.line.wanted if isinstance(c, CreateAddition))
        return f"{write_number_of(view.after, 'seat')} of {product} go over to {where} from {write_short_day(starts)}."
    return f"On {where}: {write_count(view.before)} of {product}, as now."


def is_begun_here(change: object, each: PreviewedLine) -> bool:
    """Whether a write makes an addition on the mapping's own agreement."""
    return isinstance(change, CreateAddition) and change.agreement_id == each.mapping.agreement_id


def name_place(preview: Preview, agreement_id: str) -> str:
    """The agreement as the PSA calls it now."""
    agreement = preview.agreements.get(agreement_id)
    named = name_agreement("" if agreement is None else agreement.name, agreement_id)
    return named if agreement is not None and agreement.name else named[:1].lower() + named[1:]


def name_product(profile: BillingProfile | None) -> str:
    """What is sold."""
    if profile is None:
        return "a product of a profile that was removed"
    return clean(profile.product_name) or f"product {clean(profile.product_id)}"


def write_strangers(preview: Preview) -> str:
    """The additions of the product that somebody else made: they can be adopted once the mapping is saved. What a
    bundle bills cannot."""
    bundles = {write_bundled(each) for line in preview.lines for each in line.bundled}
    told = [f"{said} Beside it the first write is held." for said in sorted(bundles)]
    ids = sorted({each.id for line in preview.lines for each in line.strangers})
    return " ".join([*told, *([say_adoptable(ids)] if ids else [])])


def list_elsewhere(records: LicenceRecords, preview: Preview) -> tuple[Elsewhere, ...]:
    """What other agreements bill of the product, and where the licence would be mapped to the first of them instead."""
    found: dict[Elsewhere, None] = {}
    for each in preview.lines:
        profile = records.all_profiles.get(each.mapping.profile_id)
        for beside in () if each.line is None else each.line.beside:
            found[offer_elsewhere(records, profile, beside)] = None
    return tuple(found)


def offer_elsewhere(records: LicenceRecords, profile: BillingProfile | None, beside: Beside) -> Elsewhere:
    """What one addition bills on another agreement, and what to do about it: adopting is only possible there."""
    said = open_sentence(f"{clean(say_beside(beside))}, and no licence has it.")
    agreement = next((each for each in records.offer.agreements if each.id == beside.agreement_id), None)
    if beside.is_bundled:
        return Elsewhere(said, "No bundle is adopted: take the product out of it, or do not bill the licence here.")
    if agreement is None or profile is None or not may_bill_on(profile, agreement):
        words = (
            "This billing profile may not bill on that agreement: end the addition in the PSA, or choose another one."
        )
        return Elsewhere(said, words)
    name = f"{clean(agreement.name)} (agreement {clean(agreement.id)})"
    address = write_licence_address(records.customer.id, records.sku_id)
    query = urlencode({"agreement": agreement.id, "profile": profile.id})
    return Elsewhere(said, f"Map it on {name} instead, and adopt it there", f"{address}?{query}")


def say_adoptable(ids: Sequence[str]) -> str:
    """That additions of these ids can be adopted."""
    those = f"Addition {ids[0]}" if len(ids) == 1 else f"Additions {', '.join(ids)}"
    bill, they = ("bills", "it") if len(ids) == 1 else ("bill", "them")
    return (
        f"{clean(those)} of the same product already {bill} on this agreement, and no licence has {they}. Save, then "
        f"adopt {they}: until then the first write is held, so that nothing is billed twice."
    )


def list_texts(preview: Preview) -> Iterator[InvoiceText]:
    """The invoice text of every line that bills."""
    for each in preview.lines:
        if not each.mapping.is_ended and not each.mapping.is_excluded:
            yield InvoiceText(name_line(each.mapping), each.description or "")


def write_waits(preview: Preview) -> str:
    """Why nothing of it is written by the next night; empty where something is."""
    if lacks_plan(preview):
        return "Saving only keeps the mapping. Nothing is written before what is said above is put right."
    lines = [each.line for each in (preview.confirmed or preview).lines if each.line is not None]
    decisions = [line.decision for line in lines]
    if any(isinstance(decision, Apply) for decision in decisions) or any(line.scheduled for line in lines):
        return ""
    if any(isinstance(decision, Held) and decision.changes for decision in decisions):
        return HELD
    if all(isinstance(decision, Unchanged) for decision in decisions):
        return "Nothing has to be written."
    return "Not before what is said above is put right."


def write_when(outside: Outside, customer: Customer, controls: Controls, now: datetime) -> str:
    """When what is saved reaches the PSA."""
    if customer.is_observed:
        return "This customer is only observed: it is planned and shown, and nothing is written until it is live."
    if controls.pause is not None:
        reason = clean(controls.pause.reason)
        return f"Writing is paused ({reason}): it is planned every night, and written once writing goes on."
    night = find_next_night(outside, now)
    clock = f"{write_clock(night)} ({outside.zone.key})"
    return f"It is written by the night of {write_short_day(night.date())}, at {clock}."
