"""A CSV file of mappings, as somebody's spreadsheet saved it: its rows, or why it cannot be read. Pure.

Commas, semicolons and tabs part columns; a byte order mark does not matter; what our own files defuse is taken back.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from notify.licence_names import name_licence
from plans.catalogue import AgreementSummary, may_bill_on
from plans.mapping_rules import Undecided, choose_agreement
from plans.ports import CustomerOverview
from profiles.billing import Basis, BillingProfile
from profiles.holdings import Holding
from profiles.licences import Term
from profiles.parts import OneSubscription, Part, are_one_split
from web.csv_files import take_back
from web.pages.psa_choices import Offers
from web.pages.tools.candidates import Candidate, Market, place
from web.pages.tools.choosing import ASSIGNED_SUBSCRIPTION, ASSIGNED_TERM, counts_assigned
from web.pages.tools.supply import Supply
from web.wording import TERM_WORDS, clean, join

MOST_LINES = 2000
LARGEST_TEXT = 512 * 1024
LONGEST_CELL = 500
MOST_NAMED = 6
# With this first line a spreadsheet is told what parts columns; it is no row.
SEPARATOR = re.compile(r"sep=([,;\t])(?=[\r\n])", re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\r|\n")


class Column(StrEnum):
    """The columns, as the file names them."""

    CUSTOMER = "Customer"
    LICENCE = "Licence"
    TERM = "Term"
    SUBSCRIPTION = "Subscription"
    PROFILE = "Billing profile"
    AGREEMENT = "Agreement"


NEEDED = (Column.CUSTOMER, Column.LICENCE, Column.PROFILE)
TERMS: dict[str, Term | None] = {"": None, "any": None, "any term": None}
TERMS |= {word: term for term in Term for word in (TERM_WORDS[term], term.value.casefold(), term.name.casefold())}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file: its number, as an editor counts lines, and its cells."""

    number: int
    cells: Mapping[Column, str]

    def get(self, column: Column) -> str:
        """A cell; empty where the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class BadLine:
    """Why a row maps nothing, and in which column that is."""

    number: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What the rows of a file come to."""

    candidates: tuple[Candidate, ...]
    bad: tuple[BadLine, ...]


def decode(content: bytes) -> str:
    """The text of a file. Raises ValueError with a sentence where it is none, or too long."""
    if not content.strip():
        raise ValueError("The file is empty. Choose a CSV file with a row for each licence.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("The file is “Unicode text”. Save it as “CSV UTF-8” and choose it again.")
    if b"\x00" in content:
        raise ValueError("The file is no text: it may be a workbook. Save it as “CSV UTF-8” and choose that one.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"Line {line} has a letter that is not UTF-8, so names would be misread. Save the file as “CSV UTF-8” and "
            "choose it again."
        ) from error
    check_size(text)
    return text


def check_size(text: str) -> None:
    """Raises ValueError with a sentence where a file is too long, whatever its lines end with."""
    count = sum(1 for _ in LINE_END.finditer(text))
    if count > MOST_LINES:
        raise ValueError(f"The file has {count:,} lines; {MOST_LINES:,} are taken at once. Cut it into smaller ones.")
    if len(text.encode()) > LARGEST_TEXT:
        raise ValueError("The file is larger than 512 KB. Leave out the columns that are not needed, or cut it.")


def read_lines(text: str) -> tuple[Line, ...]:
    """The rows of a file. Raises ValueError with a sentence where it has no such columns, or its quotes do not end."""
    said = SEPARATOR.match(text)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = said[1] if said else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    columns: list[Column | None] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells) or (said and reader.line_num == 1):
                continue
            if not columns:
                columns = read_header(cells)
                continue
            named = {column: tidy(cell) for column, cell in zip(columns, cells, strict=False) if column is not None}
            lines.append(Line(reader.line_num, named))
    except csv.Error as error:
        raise ValueError(
            f"Line {reader.line_num} cannot be read: a quotation mark does not end, or is in the middle of a cell."
        ) from error
    if not lines:
        raise ValueError("The file has a heading and no row.")
    return tuple(lines)


def read_header(cells: Sequence[str]) -> list[Column | None]:
    """Which column is where. Raises ValueError where one that is needed is not there, or there twice."""
    by_name = {column.value.casefold(): column for column in Column}
    columns = [by_name.get(tidy(cell).casefold()) for cell in cells]
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise ValueError(
            f"The first line has no column {name_columns(missing)}. It must name the columns "
            f"{name_columns(Column)}; {name_columns(each for each in Column if each not in NEEDED)} may be left out."
        )
    twice = [column.value for column in Column if columns.count(column) > 1]
    if twice:
        raise ValueError(f"The first line has the column “{twice[0]}” twice. Leave one of them out.")
    return columns


def name_columns(columns: Iterable[Column]) -> str:
    """“Customer”, “Licence” and “Term”."""
    return join([f"“{column.value}”" for column in columns])


def tidy(cell: str) -> str:
    """A cell without what a spreadsheet or our own export put around it."""
    return take_back(clean(cell[:LONGEST_CELL])).strip()


def fold(text: str) -> str:
    """A name as names are compared: in any case, and whichever way its accents are spelt."""
    return unicodedata.normalize("NFC", clean(text)).casefold()


class Misfit(Exception):
    """A cell that means nothing here."""

    def __init__(self, column: Column, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


def interpret(lines: Iterable[Line], supply: Supply, market: Market) -> Imported:
    """What each row maps, or what is wrong with it and what it should be."""
    index = index_customers(supply)
    candidates: list[Candidate] = []
    bad: list[BadLine] = []
    seen: dict[tuple[str, str], dict[Part, int]] = {}
    for line in lines:
        try:
            made = interpret_line(line, index, supply, market)
            named = seen.setdefault((made.customer.id, made.holding.sku_id.lower()), {})
            check_once(made.part, named)
            named[made.part] = line.number
            candidates.append(made)
        except Misfit as misfit:
            bad.append(BadLine(line.number, misfit.column.value, str(misfit)))
    return Imported(tuple(candidates), tuple(bad))


def check_once(part: Part, named: Mapping[Part, int]) -> None:
    """Raises Misfit where lines above name the same licence: its part, or one that counts seats of this one too."""
    if part in named:
        raise Misfit(Column.LICENCE, f"This is the same licence as in line {named[part]}. Leave one of them out.")
    if not are_one_split((*named, part)):
        other = next(iter(named.values()))
        raise Misfit(
            Column.SUBSCRIPTION if isinstance(part, OneSubscription) else Column.TERM,
            f"Line {other} names the same licence. It is billed in one line, in a line for each term, or in a line for "
            "each subscription: leave one of them out.",
        )


def index_customers(supply: Supply) -> dict[str, list[CustomerOverview]]:
    """Customers by everything that a row may call them: name, id, tenant."""
    index: dict[str, list[CustomerOverview]] = {}
    for overview in supply.overviews.values():
        customer = overview.customer
        for name in {fold(customer.name), customer.id.casefold(), customer.tenant_id.casefold()}:
            index.setdefault(name, []).append(overview)
    return index


def interpret_line(
    line: Line, index: Mapping[str, list[CustomerOverview]], supply: Supply, market: Market
) -> Candidate:
    """One row. Raises Misfit with the column and a sentence."""
    overview = find_customer(line, index)
    customer = overview.customer
    holding = find_holding(line, overview, supply)
    part = find_part(line, holding)
    profile = find_profile(line, overview, supply)
    if part is not None and counts_assigned(profile):
        is_term = isinstance(part, Term)
        raise Misfit(*((Column.TERM, ASSIGNED_TERM) if is_term else (Column.SUBSCRIPTION, ASSIGNED_SUBSCRIPTION)))
    check_open(line, overview, supply, holding, part)
    offers = market.offers.get(customer.connection_id, Offers())
    if offers.sentence:
        raise Misfit(Column.AGREEMENT, offers.sentence)
    agreement = find_agreement(line, profile, offers.agreements.get(customer.company_id, ()))
    why = f"By line {line.number} of a file that was imported."
    return replace(place(customer, holding, part, profile, market), agreement=agreement, why=why)


def find_customer(line: Line, index: Mapping[str, list[CustomerOverview]]) -> CustomerOverview:
    """The customer that a row names."""
    typed = line.get(Column.CUSTOMER)
    if not typed:
        raise Misfit(Column.CUSTOMER, "Nothing stands here. It should be the name of a customer.")
    found = index.get(fold(typed), [])
    if len(found) > 1:
        raise Misfit(Column.CUSTOMER, f"{len(found)} customers are called “{typed}”. Write the id of the tenant.")
    if not found:
        raise Misfit(Column.CUSTOMER, f"No customer is called “{typed}”. Write it as the list of customers does.")
    return found[0]


def find_holding(line: Line, overview: CustomerOverview, supply: Supply) -> Holding:
    """The licence that a row names, of those that the tenant holds: by Microsoft's name, part number or id."""
    typed, held = line.get(Column.LICENCE), supply.holdings.get(overview.customer.tenant_id, ())
    wanted = typed.casefold()
    found = [
        each
        for each in held
        if wanted in (name_licence(each.part_number).casefold(), each.part_number.casefold(), each.sku_id.casefold())
    ]
    if found:
        return found[0]
    if not typed:
        raise Misfit(Column.LICENCE, "Nothing stands here. It should be Microsoft's name of the licence.")
    names = sorted({name_licence(each.part_number) for each in held}, key=str.casefold)
    rest = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    has = f"It has {join([*names[:MOST_NAMED], *rest])}." if names else "No run has read its licences yet."
    raise Misfit(Column.LICENCE, f"{clean(overview.customer.name)} has no “{typed}”. {has}")


def find_part(line: Line, holding: Holding) -> Part:
    """The part of the licence that a row names, by its term or its subscription; None for all of it."""
    term, typed = find_term(line), line.get(Column.SUBSCRIPTION)
    if not typed:
        return term
    if term is not None:
        raise Misfit(Column.SUBSCRIPTION, "A line is of a term or of a subscription. Leave one of the two empty.")
    part = OneSubscription(typed)
    if holding.find_subscription(part) is None:
        known = join([each.part.subscription_id for each in (holding.subscriptions or ())[:MOST_NAMED]]) or "none"
        raise Misfit(Column.SUBSCRIPTION, f"No subscription with seats has the id “{typed}”. It has {known}.")
    return part


def find_term(line: Line) -> Term | None:
    """The term that a row names; None for all of them."""
    typed = line.get(Column.TERM).casefold()
    if typed not in TERMS:
        words = join([*TERM_WORDS.values()])
        raise Misfit(Column.TERM, f"“{line.get(Column.TERM)}” is no term. It should be {words}, or empty for any.")
    return TERMS[typed]


def find_profile(line: Line, overview: CustomerOverview, supply: Supply) -> BillingProfile:
    """The billing profile that a row names, of the customer's PSA."""
    typed = line.get(Column.PROFILE)
    own = [each for each in supply.profiles.values() if each.connection_id == overview.customer.connection_id]
    found = [each for each in own if typed and fold(typed) in (fold(each.name), each.id.casefold())]
    if found:
        return found[0]
    if not typed:
        raise Misfit(Column.PROFILE, "Nothing stands here. It should be the name of a billing profile.")
    raise Misfit(Column.PROFILE, f"No billing profile of this customer's PSA is called “{typed}”. See Profiles.")


def check_open(line: Line, overview: CustomerOverview, supply: Supply, holding: Holding, part: Part) -> None:
    """Raises Misfit where somebody decided about the licence already, or the tenant has not bought the term."""
    name = name_licence(holding.part_number)
    if isinstance(part, Term) and holding.count(part, Basis.PURCHASED) == 0:
        raise Misfit(Column.TERM, f"No {TERM_WORDS[part]} seat of {name} is known. Leave the term empty for all.")
    is_open = any(
        each.holding.sku_id == holding.sku_id and each.part in (None, part) for each in supply.open_lines(overview)
    )
    if not is_open:
        raise Misfit(Column.LICENCE, f"{name} is mapped here already, or excluded. Change that on the customer's page.")


def find_agreement(line: Line, profile: BillingProfile, agreements: Sequence[AgreementSummary]) -> AgreementSummary:
    """The agreement that a row names by number or name; the only one that fits where it names none."""
    typed = line.get(Column.AGREEMENT)
    if not typed:
        chosen = choose_agreement(profile, agreements)
        if isinstance(chosen, Undecided):
            raise Misfit(Column.AGREEMENT, chosen.sentence)
        return chosen
    wanted = fold(typed)
    found = [each for each in agreements if wanted in call_agreement(each)]
    if len(found) > 1:
        raise Misfit(Column.AGREEMENT, f"{len(found)} agreements are called “{typed}”. Write the number of one.")
    if not found:
        names = join([f"{clean(each.name)} (agreement {each.id})" for each in agreements[:MOST_NAMED]]) or "none"
        raise Misfit(Column.AGREEMENT, f"No active agreement of this company is “{typed}”. It has {names}.")
    if not may_bill_on(profile, found[0]):
        kind = clean(found[0].type_name) or "another type"
        raise Misfit(Column.AGREEMENT, f"{clean(profile.name)} does not bill on agreements of the type “{kind}”.")
    return found[0]


def call_agreement(agreement: AgreementSummary) -> tuple[str, ...]:
    """Everything that a row may call an agreement."""
    name, number = fold(agreement.name), agreement.id.casefold()
    return (number, name, f"{name} (agreement {number})")
