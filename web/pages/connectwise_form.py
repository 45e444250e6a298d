"""The form of a ConnectWise connection: what was typed, and the connection that it stands for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from plans.catalogue import BillingCycle
from plans.connecting import ConnectWiseConnection, ConnectWiseKeys
from web.forms import Form
from web.pages.connection_wish import LONGEST_NAME, UNSAVED, Wish
from web.sheet import Sheet, SheetReader
from web.wording import clean, write_number_of

ADVANCE, ARREARS = "advance", "arrears"
KEY_FIELDS = ("public_key", "private_key")
FIELDS = ("name", "site", "company", "client", *KEY_FIELDS, "exceptions")
COMPANY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
CLIENT_ID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEY = re.compile(r"[!-~]{6,200}")
NUMBER = re.compile(r"[0-9]{1,9}")
MOST_EXCEPTIONS = 200
DEFAULT_CYCLE = "Monthly"


@dataclass(frozen=True, slots=True)
class CycleChoice:
    """One billing cycle to confirm. `length` says how long it lasts."""

    name: str
    length: str
    is_confirmed: bool
    can_be_confirmed: bool = True


def fill_in(connection: ConnectWiseConnection) -> Sheet:
    """The form of a connection as it stands."""
    return Sheet(
        {
            "name": (connection.name,),
            "site": (connection.site_url,),
            "company": (connection.company,),
            "client": (connection.client_id,),
            "billing": (ARREARS if connection.invoices_in_arrears else ADVANCE,),
            "exceptions": (", ".join(connection.arrears_exceptions),),
            "cycles": connection.confirmed_cycles,
        }
    )


def empty_form() -> Sheet:
    """The form of a connection that nobody has made yet."""
    return Sheet({"billing": (ADVANCE,), "cycles": (DEFAULT_CYCLE,)})


def read_wish(sheet: Sheet, form: Form, kept: ConnectWiseConnection | None) -> Wish | Sheet:
    """What the form asks for, or the sheet with what does not fit. A new connection gets its id when it is saved."""
    reader = SheetReader(sheet)
    name = reader.text("name", "Give the connection a name, such as ConnectWise.", LONGEST_NAME)
    site = reader.text("site", "Type the address at which you open ConnectWise, such as https://na.myconnectwise.net.")
    company = reader.text("company", "Type the company id with which you sign in to ConnectWise.")
    if company and COMPANY.fullmatch(company) is None:
        reader.troubles["company"] = "A company id has letters, digits, dots, dashes and underscores only."
    client_id = reader.text("client", "Type the client id from developer.connectwise.com.")
    if client_id and CLIENT_ID.fullmatch(client_id) is None:
        reader.troubles["client"] = (
            "A client id is 32 hexadecimal digits in five groups. Copy it whole from developer.connectwise.com."
        )
    keys = read_keys(form, reader, is_needed=kept is None)
    exceptions = read_exceptions(reader)
    if reader.troubles:
        return reader.ended()
    base = kept or ConnectWiseConnection(UNSAVED, "", "", "", "", "", "")
    wanted = replace(
        base,
        name=name,
        site_url=site,
        company=company,
        client_id=client_id.lower(),
        invoices_in_arrears=sheet.one("billing") == ARREARS,
        arrears_exceptions=exceptions,
    )
    return Wish(wanted, keys, sheet.all("cycles"), reader.ticked("same"))


def read_keys(form: Form, reader: SheetReader, *, is_needed: bool) -> ConnectWiseKeys | None:
    """The keys that were typed; None where both fields are empty, which keeps those that are kept."""
    public, private = (form.one(name).strip() for name in KEY_FIELDS)
    if not public and not private and not is_needed:
        return None
    for name, typed in zip(KEY_FIELDS, (public, private), strict=True):
        if not typed:
            reader.troubles[name] = "Type both keys of the API member." if is_needed else "Type both keys, or neither."
        elif KEY.fullmatch(typed) is None or (name == "public_key" and ":" in typed):
            reader.troubles[name] = "This is no key of an API member. Copy it once more, without spaces."
    return ConnectWiseKeys(public, private)


def read_exceptions(reader: SheetReader) -> tuple[str, ...]:
    """Numbers of agreements, between commas or spaces, each once and in the order of their size."""
    typed = reader.text("exceptions").replace(",", " ").replace("#", " ").split()
    bad = [each for each in typed if NUMBER.fullmatch(each) is None]
    if bad:
        reader.troubles["exceptions"] = f"“{bad[0]}” is no number of an agreement. Type numbers such as 1201, 1305."
    if len(typed) > MOST_EXCEPTIONS:
        reader.troubles["exceptions"] = f"More than {MOST_EXCEPTIONS} exceptions: turn the choice above round instead."
    return tuple(str(number) for number in sorted({int(each) for each in typed if NUMBER.fullmatch(each)}))


def settle_cycles(
    wanted: ConnectWiseConnection,
    ticked: Sequence[str],
    kept: ConnectWiseConnection | None,
    cycles: Sequence[BillingCycle] | None,
) -> ConnectWiseConnection:
    """The connection with the cycles that were ticked. Nobody can confirm one that the PSA does not list, where it
    could be asked (`cycles` is None where not): those that are confirmed already may stay."""
    known: dict[str, int | None] = {} if cycles is None else {clean(each.name): each.months for each in cycles}
    lengths = dict(kept.cycle_months) if kept is not None else {}
    before = (DEFAULT_CYCLE,) if kept is None else kept.confirmed_cycles
    allowed = {name for name, months in known.items() if months is not None} | set(before)
    confirmed = tuple(name for name in dict.fromkeys(ticked) if name in allowed)
    told = {name: known.get(name) or lengths.get(name) for name in confirmed}
    months = tuple((name, length) for name, length in told.items() if length is not None)
    return replace(wanted, confirmed_cycles=confirmed, cycle_months=months)


def list_cycles(
    ticked: Collection[str], lengths: Mapping[str, int], cycles: Sequence[BillingCycle] | None
) -> tuple[CycleChoice, ...]:
    """The PSA's own cycles, or those that are ticked where it has not been asked."""
    if cycles is None:
        return tuple(CycleChoice(clean(name), write_months(lengths.get(name)), True) for name in ticked)
    listed = [
        CycleChoice(clean(each.name), write_months(each.months), clean(each.name) in ticked, each.months is not None)
        for each in sorted(cycles, key=lambda each: (each.months is None, each.months or 0, each.name))
    ]
    names = {each.name for each in listed}
    gone = [name for name in ticked if name not in names]
    return (*listed, *(CycleChoice(clean(name), "not among ConnectWise's cycles", True) for name in gone))


def write_months(months: int | None) -> str:
    """How long a cycle lasts."""
    return "" if months is None else write_number_of(months, "month")
