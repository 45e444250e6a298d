"""From the newest forecasts to the list of invoices, and to one agreement's. Pure.

The PSA's amount is authoritative; what stands here before an invoice is a forecast and says so (billing rules, 10).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from urllib.parse import quote

from notify.wording import write_money
from plans.invoices import MOST_KEPT_LINES, InvoiceDifference, KeptForecast
from web.csv_files import Cell
from web.pages.listing import (
    Ask,
    Head,
    Listing,
    Sorter,
    cut_listing,
    find,
    make_chips,
    make_columns,
    order,
    write_how_many,
)
from web.pages.view import Tone
from web.wording import clean, join, write_number_of, write_quantity, write_short_day, write_span

PATH = "/invoices"
NAMELESS = "An agreement without a name"
UNLISTED = f"Its forecast has more than {MOST_KEPT_LINES} lines, of which only the sum is kept. The PSA has them all."


class InvoiceState(StrEnum):
    """How the last invoice of an agreement compares with its forecast."""

    INCIDENT = "incident"
    INCOMPLETE = "incomplete"
    AS_FORECAST = "as-forecast"
    NONE_YET = "none-yet"


WORDS = {
    InvoiceState.INCIDENT: ("Not as forecast", Tone.BAD),
    InvoiceState.INCOMPLETE: ("Forecast incomplete", Tone.LOOK),
    InvoiceState.AS_FORECAST: ("As forecast", Tone.GOOD),
    InvoiceState.NONE_YET: ("No invoice yet", Tone.PLAIN),
}


@dataclass(frozen=True, slots=True)
class PastInvoice:
    """One invoice beside what had been forecast. `difference` is empty where no invoice was found."""

    due: str
    numbers: str
    forecast: str
    invoiced: str
    difference: str
    word: str
    tone: Tone
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreement that is invoiced."""

    address: str
    customer: str
    agreement: str
    next_invoice: str
    forecast: str
    per_month: str
    is_complete: bool
    last: PastInvoice | None
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class ForecastsView:
    """The page."""

    headline: str
    when: str
    listing: Listing[AgreementRow]
    agreement_count: int


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of a forecast. `catch_up` is the part for days before the period; empty for none."""

    addition_id: str
    days: str
    seats: str
    amount: str
    catch_up: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One agreement's page. `unlisted` says why there is no line though there is a forecast; empty where there is."""

    row: AgreementRow
    period: str
    made: str
    lines: tuple[LineView, ...]
    unlisted: str
    missing: tuple[str, ...]
    past: Listing[PastInvoice]


SORTERS: tuple[Sorter[KeptForecast], ...] = (
    Sorter("customer", lambda each: name_customers(each).casefold()),
    Sorter("next", lambda each: each.forecast.next_invoice_on or date.max),
    Sorter("forecast", lambda each: each.forecast.amount, is_number=True),
    Sorter("month", lambda each: each.forecast.per_month, is_number=True),
    Sorter("difference", lambda each: abs(find_difference(each)), is_number=True),
)
HEADS = (
    Head("Customer", "customer"),
    Head("Next invoice", "next"),
    Head("Forecast", "forecast"),
    Head("A month (forecast)", "month"),
    Head("Last invoice"),
    Head("Was forecast", is_number=True),
    Head("Invoiced", is_number=True),
    Head("Difference", "difference"),
)
PAST_HEADS = (
    Head("Invoice"),
    Head("State"),
    Head("Forecast", is_number=True),
    Head("Invoiced", is_number=True),
    Head("Difference", is_number=True),
)
CSV_HEADER = (
    "Customer",
    "Agreement",
    "Agreement id",
    "Next invoice",
    "Forecast",
    "A month (forecast)",
    "Forecast lacks",
    "Last invoice due",
    "Last invoice",
    "Was forecast",
    "Invoiced",
    "Difference",
    "State",
)
PAST_CSV_HEADER = (
    "Invoice due",
    "Invoice",
    "Forecast",
    "Invoiced for additions",
    "Invoiced for the agreement itself",
    "Difference",
    "Seats",
    "State",
    "Forecast lacked",
)


def find_state(last: InvoiceDifference | None) -> InvoiceState:
    """How an invoice compares with its forecast."""
    if last is None:
        return InvoiceState.NONE_YET
    if last.is_incident:
        return InvoiceState.INCIDENT
    return InvoiceState.INCOMPLETE if last.missing else InvoiceState.AS_FORECAST


def find_difference(kept: KeptForecast) -> Decimal:
    """The last invoice's difference; 0 where there is none."""
    return (None if kept.last is None else kept.last.difference) or Decimal(0)


def name_customers(kept: KeptForecast) -> str:
    """Who pays, or a word where nobody is known."""
    return join([clean(name) for name in kept.customer_names]) or "A customer that was removed"


def select(forecasts: Sequence[KeptForecast], ask: Ask) -> list[KeptForecast]:
    """What the address asks for, in its order; by the next invoice's date where it asks for none."""
    standing = sorted(forecasts, key=lambda each: (each.forecast.next_invoice_on or date.max, name_customers(each)))
    chosen = [each for each in standing if not ask.state or find_state(each.last) == ask.state]
    found = find(chosen, ask.search, lambda each: f"{name_customers(each)} {clean(each.name)} {each.id}".casefold())
    return order(found, ask.sort, SORTERS)


def make_list(forecasts: Sequence[KeptForecast], ask: Ask, currency: str) -> ForecastsView:
    """The page as the address asks for it."""
    counts = Counter(find_state(each.last).value for each in forecasts)
    chosen = select(forecasts, ask)
    kinds = [(state.value, *WORDS[state]) for state in InvoiceState]
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(forecasts), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(forecasts), "agreement"),
    )
    return ForecastsView(
        headline=write_headline(forecasts, currency),
        when="A forecast is reckoned every night by actual days; what the PSA invoices is the truth",
        listing=listing.show(lambda each: make_row(each, currency)),
        agreement_count=len(forecasts),
    )


def write_headline(forecasts: Sequence[KeptForecast], currency: str) -> str:
    """Next: 3,400.00 EUR on 12 agreements (forecast); 1 invoice not as forecast."""
    if not forecasts:
        return "Nothing is forecast yet."
    total = sum((each.forecast.amount for each in forecasts), Decimal(0))
    incidents = sum(find_state(each.last) is InvoiceState.INCIDENT for each in forecasts)
    wrong = f"; {write_number_of(incidents, 'invoice')} not as forecast" if incidents else ""
    money = write_money(total, currency)
    return f"The next invoices are forecast at {money} on {write_number_of(len(forecasts), 'agreement')}{wrong}."


def make_row(kept: KeptForecast, currency: str) -> AgreementRow:
    """The words for one agreement."""
    forecast = kept.forecast
    word, tone = WORDS[find_state(kept.last)]
    return AgreementRow(
        address=make_address(kept.connection_id, forecast.agreement_id),
        customer=name_customers(kept),
        agreement=clean(kept.name) or NAMELESS,
        next_invoice="not known" if forecast.next_invoice_on is None else write_short_day(forecast.next_invoice_on),
        forecast=write_money(forecast.amount, currency),
        per_month=write_money(forecast.per_month, currency),
        is_complete=not forecast.missing,
        last=None if kept.last is None else make_past(kept.last, currency),
        word=word,
        tone=tone,
    )


def make_past(past: InvoiceDifference, currency: str) -> PastInvoice:
    """The words for one invoice."""
    word, tone = WORDS[find_state(past)]
    difference = past.difference
    return PastInvoice(
        due=write_short_day(past.due_on),
        numbers=join([clean(number) for number in past.numbers]) or "none found",
        forecast=write_money(past.forecast, currency),
        invoiced="not found" if past.invoiced is None else write_money(past.invoiced, currency),
        difference="" if difference is None else write_difference(difference, currency),
        word=word,
        tone=tone,
        sentences=explain(past, currency),
    )


def write_difference(difference: Decimal, currency: str) -> str:
    """+0.11 EUR, −0.11 EUR, or 0.00 EUR."""
    return write_money(difference, currency, is_difference=difference != 0)


def explain(past: InvoiceDifference, currency: str) -> tuple[str, ...]:
    """What a person should know of an invoice, and do."""
    sentences = [clean(sentence) for sentence in past.missing]
    if past.flat_amount:
        own = write_money(past.flat_amount, currency)
        sentences.append(f"{own} of the invoice are the agreement's own amount, which nobody forecasts.")
    if past.is_incident and past.invoiced is None:
        sentences.append(
            "The PSA moved on to the next period, but no invoice of this one was found. Look for it there."
        )
    elif past.is_incident:
        sentences.append(
            f"The difference is more than a cent a seat; the forecast counted {write_quantity(past.quantity)}. "
            "Compare the invoice's lines with the additions in the PSA."
        )
    return tuple(sentences)


def make_address(connection_id: str, agreement_id: str) -> str:
    """Where one agreement's invoices are."""
    return f"{PATH}/{quote(connection_id, safe='')}/{quote(agreement_id, safe='')}"


def make_agreement(kept: KeptForecast, past: Sequence[InvoiceDifference], ask: Ask, currency: str) -> AgreementView:
    """One agreement's page."""
    forecast = kept.forecast
    listing = cut_listing(
        ask, past, (), make_columns(ask, PAST_HEADS, ()), write_how_many(len(past), len(past), "invoice")
    )
    lines = (
        LineView(
            addition_id=clean(line.addition_id),
            days=write_span(line.first, line.last),
            seats=write_quantity(line.seats),
            amount=write_money(line.amount, currency),
            catch_up=write_money(line.catch_up, currency) if line.catch_up else "",
        )
        for line in forecast.lines
    )
    return AgreementView(
        row=make_row(kept, currency),
        period=write_span(forecast.period.start, forecast.period.last),
        made=write_short_day(kept.made_on),
        lines=tuple(lines),
        unlisted=UNLISTED if forecast.quantity and not forecast.lines else "",
        missing=tuple(clean(sentence) for sentence in forecast.missing),
        past=listing.show(lambda each: make_past(each, currency)),
    )


def make_csv_row(kept: KeptForecast) -> tuple[Cell, ...]:
    """The columns of the list."""
    forecast, last = kept.forecast, kept.last
    past: tuple[Cell, ...] = (None,) * 5
    if last is not None:
        past = (last.due_on, join(last.numbers), last.forecast, last.invoiced, last.difference)
    lacks = " ".join(forecast.missing)
    return (
        *(name_customers(kept), clean(kept.name), forecast.agreement_id, forecast.next_invoice_on),
        *(forecast.amount, forecast.per_month, lacks, *past, WORDS[find_state(last)][0]),
    )


def make_past_csv_row(past: InvoiceDifference) -> tuple[Cell, ...]:
    """The columns of one agreement's invoices."""
    return (
        *(past.due_on, join(past.numbers), past.forecast, past.invoiced, past.flat_amount, past.difference),
        *(past.quantity, WORDS[find_state(past)][0], " ".join(past.missing)),
    )
