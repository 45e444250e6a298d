"""ConnectWise: what is read, and what stands in for what cannot be read."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from plans.agreements import Agreement, UnreadableAgreement
from plans.errors import Misconfigured, Retry
from profiles.periods import Grid
from psa.connectwise.rows import read_addition
from psa.connectwise.settings import InvoicingSettings
from tests.unit.psa.connectwise.site import (
    ADDITIONS,
    ConnectWise,
    make_addition_row,
    make_agreement_row,
    make_invoice_row,
)


def read(psa: ConnectWise, *agreement_ids: str) -> Any:
    return psa.run(lambda port: port.read_agreements(agreement_ids or ("1201",)))


def test_an_agreement_is_read_with_its_additions() -> None:
    (agreement,) = read(ConnectWise())
    assert isinstance(agreement, Agreement)
    assert (agreement.connection_id, agreement.id, agreement.company_id) == ("cw", "1201", "42")
    assert [addition.id for addition in agreement.additions] == ["9001"]


def test_an_agreement_that_connectwise_does_not_know_is_left_out() -> None:
    assert [each.id for each in read(ConnectWise(), "1201", "1299")] == ["1201"]


def test_nothing_is_asked_for_no_agreements() -> None:
    psa = ConnectWise()
    assert psa.run(lambda port: port.read_agreements(())) == ()
    assert psa.site.requests == []


def test_agreements_and_invoices_are_listed_fifty_at_a_time_with_one_call_for_the_additions_of_each() -> None:
    rows = [make_agreement_row(number) for number in range(1, 121)]
    psa = ConnectWise(agreements=rows, additions={})
    assert len(read(psa, *(str(row["id"]) for row in rows))) == 120
    assert len(psa.paths("GET")) == 1 + 3 + 3 + 120


@pytest.mark.parametrize("row", [make_addition_row(billCustomer="Sometimes"), make_addition_row(product=None), "text"])
def test_an_addition_that_cannot_be_read_makes_only_its_agreement_unreadable(row: Any) -> None:
    psa = ConnectWise([make_agreement_row(1201), make_agreement_row(1202)], {1201: [row], 1202: [make_addition_row()]})
    first, second = read(psa, "1201", "1202")
    assert isinstance(first, UnreadableAgreement)
    assert first.id == "1201"
    assert isinstance(second, Agreement)


def test_an_agreement_id_that_is_no_number_harms_nobody_else() -> None:
    assert [each.id for each in read(ConnectWise(), "1201", "not-a-number")] == ["1201"]


@pytest.mark.parametrize("status", [403, 404])
def test_additions_that_are_refused_harm_nobody_else(status: int) -> None:
    psa = ConnectWise([make_agreement_row(1201), make_agreement_row(1202)])
    psa.intercept = lambda request: httpx.Response(status) if "/1202/" in request.url.path else None
    first, second = read(psa, "1201", "1202")
    assert isinstance(first, Agreement)
    assert isinstance(second, UnreadableAgreement)


@pytest.mark.parametrize("status", [400, 401, 403, 405])
def test_a_refused_read_names_what_to_look_at(status: int) -> None:
    psa = ConnectWise()
    body = {"code": "Unauthorized", "message": "UserNotAuthenticated"}
    psa.intercept = lambda request: httpx.Response(status, json=body) if "/finance/" in request.url.path else None
    with pytest.raises(Misconfigured, match=rf"answered {status} .*Unauthorized: UserNotAuthenticated"):
        read(psa)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(429, html="<html>Cloudflare</html>"),
        httpx.Response(500, json={"message": "timeout"}),
        httpx.Response(503),
        httpx.Response(200),
        httpx.Response(200, json={}),
        httpx.Response(200, html="<html>maintenance</html>"),
        httpx.Response(200, content=b'[{"id": 1'),
        httpx.Response(302, headers={"location": "https://evil.example"}),
        httpx.Response(501),
    ],
    ids=["429 HTML", "500", "503", "empty", "no list", "HTML", "cut off", "redirect", "501"],
)
def test_a_list_that_cannot_be_read_now_may_be_read_later(response: httpx.Response) -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: response if "/finance/" in request.url.path else None
    with pytest.raises(Retry):
        read(psa)


def test_an_addition_is_read_back_by_its_id() -> None:
    psa = ConnectWise()
    assert psa.run(lambda port: port.read_addition("1201", "9001")) == read_addition(make_addition_row())


def test_an_addition_that_is_not_there_is_none() -> None:
    psa = ConnectWise()
    assert psa.run(lambda port: port.read_addition("1201", "9999")) is None


@pytest.mark.parametrize("response", [httpx.Response(200), httpx.Response(200, json=[]), httpx.Response(500)])
def test_an_addition_that_cannot_be_read_now_is_not_none(response: httpx.Response) -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: response if request.url.path.endswith("/9001") else None
    with pytest.raises(Retry):
        psa.run(lambda port: port.read_addition("1201", "9001"))


def test_half_an_addition_read_back_raises_what_the_port_promises() -> None:
    psa = ConnectWise(additions={1201: [make_addition_row(billCustomer="Sometimes")]})
    with pytest.raises((Retry, Misconfigured)):
        psa.run(lambda port: port.read_addition("1201", "9001"))


# Invoicing


UMBRELLA = {"id": 1100, "name": "Umbrella"}
INVOICES = "/v2026_4/apis/3.0/finance/invoices"


def asked_conditions(psa: ConnectWise, ending: str) -> list[str]:
    return [str(each.url.params["conditions"]) for each in psa.site.requests if each.url.path.endswith(ending)]


def test_an_agreement_is_read_with_how_it_is_invoiced() -> None:
    (agreement,) = read(ConnectWise(invoices=[make_invoice_row(7711, 1201, "2026-11-01")]))
    facts = agreement.facts
    assert (facts.grid, facts.invoiced_through, facts.invoicing_doubt) == (
        Grid(2026, 12, 1, 1),
        date(2026, 11, 30),
        "",
    )


def test_the_connections_settings_decide_between_advance_and_arrears() -> None:
    (agreement,) = read(ConnectWise(settings=InvoicingSettings(in_arrears=True)))
    assert agreement.facts.invoiced_through == date(2026, 10, 31)


def test_invoices_are_asked_for_from_the_earliest_next_invoice_date_on() -> None:
    rows = [make_agreement_row(1201), make_agreement_row(1202, nextInvoiceDate="2026-10-15T00:00:00Z")]
    psa = ConnectWise(rows)
    read(psa, "1201", "1202")
    assert asked_conditions(psa, "/invoices") == [
        'type="Agreement" and agreement/id in (1201,1202) and date>=[2026-10-15T00:00:00Z]'
    ]


def test_an_invoice_that_contradicts_harms_only_its_agreement() -> None:
    psa = ConnectWise(
        [make_agreement_row(1201), make_agreement_row(1202)], invoices=[make_invoice_row(7711, 1202, "2026-12-01")]
    )
    first, second = read(psa, "1201", "1202")
    assert first.facts.invoiced_through == date(2026, 11, 30)
    assert second.facts.invoiced_through is None
    assert "7711" not in second.facts.invoicing_doubt


def test_parents_that_are_not_among_the_agreements_are_listed_once() -> None:
    rows = [
        make_agreement_row(1100, nextInvoiceDate="2026-12-15T00:00:00Z", company={"id": 41}),
        make_agreement_row(1201, parentAgreement=UMBRELLA),
        make_agreement_row(1202, parentAgreement=UMBRELLA),
        make_agreement_row(1203, parentAgreement={"id": 1201}),
    ]
    psa = ConnectWise(rows)
    found = read(psa, "1201", "1202", "1203")
    assert [each.id for each in found] == ["1201", "1202", "1203"]
    assert [each.facts.next_invoice_on for each in found] == [date(2026, 12, 15), date(2026, 12, 15), None]
    assert [each.facts.parent_id for each in found] == ["1100", "1100", "1201"]
    assert asked_conditions(psa, "/agreements") == ["id in (1201,1202,1203)", "id in (1100)"]
    assert asked_conditions(psa, "/invoices") == [
        'type="Agreement" and agreement/id in (1100) and date>=[2026-12-15T00:00:00Z]'
    ]


def test_without_children_no_parents_are_listed() -> None:
    psa = ConnectWise()
    read(psa)
    assert psa.paths("GET") == [
        "/login/companyinfo/demo",
        "/v2026_4/apis/3.0/finance/agreements",
        INVOICES,
        "/v2026_4/apis/3.0" + ADDITIONS,
    ]


def test_without_a_next_invoice_date_no_invoices_are_listed() -> None:
    psa = ConnectWise([make_agreement_row(nextInvoiceDate=None)])
    (agreement,) = read(psa)
    assert "has no next invoice date" in agreement.facts.invoicing_doubt
    assert INVOICES not in psa.paths("GET")


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "lacks the right Finance > Invoicing (Inquire)"), (400, "answered 400 to the list of invoices")],
)
def test_invoices_that_are_refused_are_a_doubt_and_the_agreement_is_read(status: int, words: str) -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(status) if request.url.path == INVOICES else None
    (agreement,) = read(psa)
    assert [addition.id for addition in agreement.additions] == ["9001"]
    assert agreement.facts.invoiced_through is None
    assert words in agreement.facts.invoicing_doubt


def test_keys_that_are_suddenly_refused_are_no_doubt_about_invoices() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(401) if request.url.path == INVOICES else None
    with pytest.raises(Misconfigured, match="answered 401"):
        read(psa)


def test_invoices_that_cannot_be_read_now_may_be_read_later() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(503) if request.url.path == INVOICES else None
    with pytest.raises(Retry):
        read(psa)


def test_half_an_invoice_is_a_doubt() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: (
        httpx.Response(200, json=[{"type": "Agreement", "date": "2026-12-01"}])
        if request.url.path == INVOICES
        else None
    )
    (agreement,) = read(psa)
    assert "An invoice in ConnectWise cannot be read: " in agreement.facts.invoicing_doubt


def test_an_agreement_whose_billing_cannot_be_read_harms_nobody_else() -> None:
    first, second = read(
        ConnectWise([make_agreement_row(1201, nextInvoiceDate="soon"), make_agreement_row(1202)]), "1201", "1202"
    )
    assert isinstance(first, UnreadableAgreement)
    assert isinstance(second, Agreement)
