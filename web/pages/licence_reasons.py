"""How a customer's licence stands and why it is billed so: by its line, its mapping and what was excluded. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from profiles.billing import Basis, Mapping
from profiles.exclusions import LicenceExclusion, TenantExclusion, find_exclusion
from profiles.licences import Licence, Snapshot
from profiles.quantity import bill_quantity, count_holders, count_seats, find_floor
from profiles.readings import Known
from web.pages.committed_seats import explain_floor
from web.pages.customer_view import CustomerRecords
from web.pages.diff_view import LineView, write_seats
from web.pages.licence_row import DECIDED_WORDS, Decided
from web.pages.licence_seats import explain_seats
from web.pages.standing import WORDS, Standing
from web.pages.view import Tone
from web.wording import clean, join, write_count

ASSIGNED = "assigned"


def find_state(records: CustomerRecords, mapping: Mapping, line: LineView | None) -> tuple[str, str, Tone]:
    """How a mapped licence stands: by its line while that moves or waits, else by its exclusion or its customer."""
    everywhere = find_exclusion_of(records, mapping.sku_id)
    own = Decided.EXCLUDED if mapping.is_excluded else Decided.ENDED if mapping.is_ended else None
    decided = everywhere[0] if everywhere else own
    if decided is not None and (line is None or line.is_unchanged):
        return (decided, *DECIDED_WORDS[decided])
    if line is not None:
        return line.standing, line.word, line.tone
    in_run = records.in_run.standing
    if in_run in (Standing.UNKNOWN, Standing.FAILED, Standing.WAITING):
        return (in_run, *WORDS[in_run])
    is_read = records.snapshot is not None
    return (Decided.MAPPED, *DECIDED_WORDS[Decided.MAPPED]) if is_read else (Standing.NEW, *WORDS[Standing.NEW])


def explain(
    records: CustomerRecords, mapping: Mapping, licence: Licence | None, line: LineView | None, billed: int | None
) -> Iterator[str]:
    """From what Microsoft says to what the agreement says, a sentence a step."""
    if licence is None and records.snapshot is not None:
        yield "The tenant no longer has this licence."
    if licence is not None:
        yield from explain_seats(records, licence)
    yield from explain_count(records, mapping)
    if line is None:
        yield from (each.sentence for each in records.diff if each.sentence)
        if billed is not None:
            yield f"The last quantity that was written and read back is {write_count(billed)}."
        return
    seats = write_seats(line.before, line.after)
    day = f" from {line.effective}" if line.effective else ""
    told = f"{line.product.capitalize()} on this agreement: {seats}{day}."
    sentences = (told, line.rule_sentence, line.why, line.outcome)
    yield " ".join(filter(None, sentences))
    if line.writes:
        yield f"{line.writes_word}: {' '.join(line.writes)}"
    yield from (f"Scheduled: {each}" for each in line.scheduled)
    yield from (f"Credit proposal: {each}" for each in line.proposals)
    if line.transfer:
        yield line.transfer


def explain_count(records: CustomerRecords, mapping: Mapping) -> Iterator[str]:
    """How the mapping gets from seats to a quantity."""
    everywhere = find_exclusion_of(records, mapping.sku_id)
    if everywhere is not None:
        yield everywhere[1]
        return
    if mapping.is_excluded:
        reason = clean(mapping.exclusion_reason)
        yield (
            f"This licence is not billed here: {reason}."
            if reason
            else "This licence is not billed: its mapping says so."
        )
        return
    if records.snapshot is None:
        return
    quantity = bill_quantity(records.snapshot, mapping)
    if not isinstance(quantity, Known):
        yield quantity.detail
        return
    counted = count_seats(records.snapshot, mapping)
    basis = name_counted(records.snapshot, mapping)
    rules = [f"less {write_count(mapping.included)} included"] if mapping.included else []
    rules += [f"at least {write_count(mapping.minimum)}"] if mapping.minimum else []
    rules += [f"at most {write_count(mapping.maximum)}"] if mapping.maximum is not None else []
    kinds = [] if mapping.count.disabled_users else ["disabled users"]
    kinds += [] if mapping.count.guests else ["guests"]
    without = f", without {join(kinds)}" if kinds and basis == ASSIGNED else ""
    ruled = f", {join(rules)}" if rules else ""
    floor = explain_floor(records.snapshot, mapping)
    if floor:
        yield floor
    yield f"Billed by seats {basis}: {write_count(counted)}{without}{ruled}, so {write_count(quantity.value)} to bill."


def name_counted(snapshot: Snapshot, mapping: Mapping) -> str:
    """Which seats make the count: of assigned ones that have a floor the committed, where these are more."""
    if mapping.basis is Basis.PURCHASED:
        return "purchased"
    return "committed" if (find_floor(snapshot, mapping) or 0) > count_holders(snapshot, mapping) else ASSIGNED


def find_exclusion_of(records: CustomerRecords, sku_id: str) -> tuple[Decided, str] | None:
    """What an administrator decided about a licence everywhere, or with its tenant; None where nothing."""
    exclusion = find_exclusion(records.exclusions, records.tenant_id, sku_id)
    if exclusion is None:
        return None
    reason = clean(exclusion.reason)
    because = f": {reason}" if reason else ""
    match exclusion:
        case LicenceExclusion():
            return Decided.EXCLUDED_EVERYWHERE, f"This licence is billed nowhere{because}."
        case TenantExclusion():
            return Decided.EXCLUDED_TENANT, f"Nothing of this tenant is billed{because}."
