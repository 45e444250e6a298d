"""ConnectWise: what we send, what we read, and what an answer to a write means."""

from __future__ import annotations

import base64
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.client import Answer
from plans.agreements import Addition, Agreement, AgreementFacts, UnreadableAgreement
from plans.changes import CreateAddition
from plans.errors import Misconfigured, Park, Retry
from plans.ports import Accepted, InDoubt, Refused
from profiles.billing import BillableOption
from psa.connectwise.adapter import DEFINITE_REFUSALS, judge_answer
from psa.connectwise.client import PAGE_SIZE, Credentials, describe_error, parse_codebase
from psa.connectwise.translate import (
    BILL_CUSTOMER,
    make_addition_body,
    parse_day,
    read_addition,
    read_agreement,
    spell_day,
)
from tests.unit.net.answers import damaged_gzip
from tests.unit.psa.connectwise import (
    ADDITIONS,
    PRIVATE,
    PUBLIC,
    ConnectWise,
    make_addition_row,
    make_agreement_row,
)

SPECIFICATION = Path(__file__).parents[4] / "shared/specs/connectwise-manage.openapi.json"
CHANGE = CreateAddition(0, "SL-0123456789-0000", "501", 12, date(2026, 11, 22), BillableOption.BILLABLE)
POSTED = "/v2026_4/apis/3.0" + ADDITIONS


def create(psa: ConnectWise, change: CreateAddition = CHANGE) -> Any:
    return psa.run(lambda port: port.create_addition("1201", change))


def read(psa: ConnectWise, *agreement_ids: str) -> Any:
    return psa.run(lambda port: port.read_agreements(agreement_ids or ("1201",)))


# Translating


def test_an_addition_is_sent_with_quantities_and_dates_only() -> None:
    assert make_addition_body(CHANGE) == {
        "product": {"id": 501},
        "quantity": 12,
        "billCustomer": "Billable",
        "effectiveDate": "2026-11-22T00:00:00Z",
        "serialNumber": "SL-0123456789-0000",
    }


@pytest.mark.parametrize("option", list(BillableOption))
def test_every_billable_option_goes_there_and_back(option: BillableOption) -> None:
    assert read_addition(make_addition_row(billCustomer=BILL_CUSTOMER[option])).billable_option is option


def test_zero_is_sent_as_the_integer_zero() -> None:
    change = CreateAddition(0, "SL-0123456789-0000", "501", 0, date(2026, 11, 22), BillableOption.BILLABLE)
    psa = ConnectWise()
    create(psa, change)
    assert b'"quantity": 0,' in psa.site.requests[-1].content


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the published specification is not here")
def test_only_fields_that_the_published_specification_knows_are_sent() -> None:
    schema = json.loads(SPECIFICATION.read_text())["components"]["schemas"]["Addition"]
    body = make_addition_body(CHANGE)
    assert set(body) <= set(schema["properties"])
    assert set(schema["required"]) <= set(body)
    assert body["billCustomer"] in schema["properties"]["billCustomer"]["enum"]


@given(
    quantity=st.integers(0, 100_000),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    option=st.sampled_from(BillableOption),
    product=st.integers(1, 2**31 - 1),
)
def test_what_is_sent_is_what_is_read_back(quantity: int, day: date, option: BillableOption, product: int) -> None:
    change = CreateAddition(3, "SL-0123456789-0003", str(product), quantity, day, option)
    row = json.loads(json.dumps({"id": 1, **make_addition_body(change)}), parse_float=Decimal)
    assert read_addition(row) == Addition("1", str(product), Decimal(quantity), day, None, option, change.key)


@pytest.mark.parametrize(
    ("value", "quantity"),
    [(0, 0), (10, 10), (Decimal("10.0"), 10), (Decimal("0.5"), Decimal("0.5")), ("12", 12), (None, None), (-1, -1)],
)
def test_a_quantity_is_read_exactly(value: Any, quantity: Any) -> None:
    assert read_addition(make_addition_row(quantity=value)).quantity == quantity


@pytest.mark.parametrize("value", ["many", True, [], {}, ""])
def test_a_quantity_that_is_no_number_parks(value: Any) -> None:
    with pytest.raises(Park, match="no number"):
        read_addition(make_addition_row(quantity=value))


@pytest.mark.parametrize("value", ["NaN", "Infinity", float("nan")])
def test_a_quantity_that_is_not_finite_parks(value: Any) -> None:
    with pytest.raises(Park):
        read_addition(make_addition_row(quantity=value))


@pytest.mark.parametrize("field", ["quantity", "effectiveDate", "cancelledDate", "serialNumber"])
def test_what_may_be_null_may_be_left_out(field: str) -> None:
    row = make_addition_row()
    del row[field]
    assert read_addition(row) == read_addition(make_addition_row(**{field: None}))


@pytest.mark.parametrize("field", ["id", "product", "billCustomer"])
@pytest.mark.parametrize("is_null", [True, False])
def test_half_an_addition_parks(field: str, is_null: bool) -> None:
    row = make_addition_row(**{field: None})
    if not is_null:
        del row[field]
    with pytest.raises(Park, match=f"without {field}"):
        read_addition(row)


@pytest.mark.parametrize("value", ["Sometimes", "billable", 5])
def test_a_billable_option_that_nobody_described_parks(value: Any) -> None:
    with pytest.raises(Park, match="nobody described"):
        read_addition(make_addition_row(billCustomer=value))


def test_a_billable_option_that_is_no_text_parks() -> None:
    with pytest.raises(Park):
        read_addition(make_addition_row(billCustomer=["Billable"]))


@pytest.mark.parametrize("product", [{}, {"id": None}, 501, "501", []])
def test_a_product_without_an_id_parks(product: Any) -> None:
    with pytest.raises(Park, match="without id"):
        read_addition(make_addition_row(product=product))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-22T00:00:00Z", date(2026, 11, 22)),
        ("2026-11-22", date(2026, 11, 22)),
        ("2028-02-29T00:00:00Z", date(2028, 2, 29)),
        (None, None),
        ("", None),
    ],
)
def test_a_day_is_read(text: str | None, day: date | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["soon", "2026-02-30T00:00:00Z", "22.11.2026", 5])
def test_a_date_that_is_none_parks(text: Any) -> None:
    with pytest.raises(Park, match="no date"):
        parse_day(text)


@given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_is_midnight_utc_and_comes_back(day: date) -> None:
    assert spell_day(day) == f"{day.isoformat()}T00:00:00Z"
    assert parse_day(spell_day(day)) == day


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, AgreementFacts(True, True, date(2026, 12, 1), None, "42")),
        ({"agreementStatus": "Expired"}, AgreementFacts(False, True, date(2026, 12, 1), None, "42")),
        ({"agreementStatus": None}, AgreementFacts(False, True, date(2026, 12, 1), None, "42")),
        ({"cancelledFlag": True}, AgreementFacts(False, True, date(2026, 12, 1), None, "42")),
        ({"prorateFlag": False}, AgreementFacts(True, False, date(2026, 12, 1), None, "42")),
        ({"prorateFlag": None}, AgreementFacts(True, False, date(2026, 12, 1), None, "42")),
        ({"nextInvoiceDate": None}, AgreementFacts(True, True, None, None, "42")),
        (
            {"noEndingDateFlag": False, "endDate": "2027-01-31T00:00:00Z"},
            AgreementFacts(True, True, date(2026, 12, 1), date(2027, 1, 31), "42"),
        ),
        ({"endDate": "2027-01-31T00:00:00Z"}, AgreementFacts(True, True, date(2026, 12, 1), None, "42")),
    ],
)
def test_an_agreement_is_read_with_what_a_plan_rests_on(changes: Any, facts: AgreementFacts) -> None:
    assert read_agreement("cw", make_agreement_row(**changes), []).facts == facts


@pytest.mark.parametrize("field", ["id", "company"])
def test_half_an_agreement_parks(field: str) -> None:
    with pytest.raises(Park, match=f"without {field}"):
        read_agreement("cw", make_agreement_row(**{field: None}), [])


# Reading


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


def test_agreements_are_listed_fifty_at_a_time_with_one_call_for_the_additions_of_each() -> None:
    rows = [make_agreement_row(number) for number in range(1, 121)]
    psa = ConnectWise(agreements=rows, additions={})
    assert len(read(psa, *(str(row["id"]) for row in rows))) == 120
    assert len(psa.paths("GET")) == 1 + 3 + 120


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


@pytest.mark.parametrize(
    ("rows", "pages"), [(0, 1), (1, 1), (PAGE_SIZE - 1, 1), (PAGE_SIZE, 2), (PAGE_SIZE + 1, 2), (2 * PAGE_SIZE, 3)]
)
def test_a_list_ends_with_its_first_short_page(rows: int, pages: int) -> None:
    psa = ConnectWise(additions={1201: [make_addition_row(number) for number in range(rows)]})
    (agreement,) = read(psa)
    assert len(agreement.additions) == rows
    assert sum(path.endswith("/additions") for path in psa.paths("GET")) == pages


def test_pages_are_counted_and_ordered_by_us_and_a_link_is_never_followed() -> None:
    psa = ConnectWise(additions={1201: [make_addition_row(number) for number in range(PAGE_SIZE)]})
    read(psa)
    asked = [request.url.params for request in psa.site.requests if request.url.path.endswith("/additions")]
    assert [(each["page"], each["pageSize"], each["orderBy"]) for each in asked] == [
        ("1", "1000", "id asc"),
        ("2", "1000", "id asc"),
    ]
    assert {request.url.host for request in psa.site.requests} == {"api-na.myconnectwise.net"}


def test_every_request_carries_the_keys_the_client_id_and_the_version_but_companyinfo_none() -> None:
    psa = ConnectWise()
    read(psa)
    first, *others = psa.site.requests
    assert "authorization" not in first.headers
    keys = base64.b64encode(f"demo+{PUBLIC}:{PRIVATE}".encode()).decode()
    for request in others:
        assert request.headers["authorization"] == f"Basic {keys}"
        assert request.headers["clientid"] == "client-guid"
        assert request.headers["accept"] == "application/vnd.connectwise.com+json; version=2026.4"


def test_keys_are_never_printed() -> None:
    text = repr(Credentials("demo", "client-guid", PUBLIC, PRIVATE))
    assert PUBLIC not in text
    assert PRIVATE not in text


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


# Codebase


def test_the_codebase_is_looked_up_once() -> None:
    psa = ConnectWise()
    read(psa)
    assert sum(path.startswith("/login/") for path in psa.paths("GET")) == 1


@pytest.mark.parametrize(
    ("response", "codebase"),
    [
        (httpx.Response(200, json={"Codebase": "v2026_4/"}), "v2026_4/"),
        (httpx.Response(200, json={"Codebase": "/v2026_4"}), "v2026_4/"),
        (httpx.Response(200, json={"Codebase": ""}), "v4_6_release/"),
        (httpx.Response(200, json={}), "v4_6_release/"),
        (httpx.Response(404), "v4_6_release/"),
        (httpx.Response(200, html="<html>"), "v4_6_release/"),
    ],
)
def test_a_codebase_ends_with_one_slash_and_has_a_fallback(response: httpx.Response, codebase: str) -> None:
    body = json.loads(response.text) if response.text.startswith("{") else None
    assert parse_codebase(Answer(response.status_code, {}, body, response.text), "demo") == codebase


def test_an_unknown_company_is_a_wrong_setting() -> None:
    psa = ConnectWise(company_info=lambda: httpx.Response(200, content=b"null"))
    with pytest.raises(Misconfigured, match="does not know the company 'demo'"):
        read(psa)


def move_codebase(psa: ConnectWise) -> Any:
    """Use the client once, then upgrade the site under it."""

    async def work(port: Any) -> Any:
        await port.read_agreements(("1201",))
        psa.codebase = "v2027_1/"
        psa.site.requests.clear()
        return port

    return work


def test_a_read_follows_a_codebase_that_moved() -> None:
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        return await (await move_codebase(psa)(port)).read_agreements(("1201",))

    assert isinstance(psa.run(work)[0], Agreement)
    assert psa.paths("GET")[:3] == [
        "/v2026_4/apis/3.0/finance/agreements",
        "/login/companyinfo/demo",
        "/v2027_1/apis/3.0/finance/agreements",
    ]


def test_a_write_is_never_sent_to_a_second_codebase() -> None:
    """A 404 may come after the effect, and looking the codebase up takes time that the promise does not have."""
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        return await (await move_codebase(psa)(port)).create_addition("1201", CHANGE)

    assert isinstance(psa.run(work), InDoubt)
    assert psa.paths("POST") == [POSTED]


def test_after_a_404_the_next_write_goes_where_the_api_is_now() -> None:
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        moved = await move_codebase(psa)(port)
        await moved.create_addition("1201", CHANGE)
        return await moved.create_addition("1201", CHANGE)

    assert psa.run(work) == Accepted("9100")
    assert psa.paths("POST") == [POSTED, POSTED.replace("v2026_4", "v2027_1")]


def test_a_write_to_an_agreement_that_is_gone_is_sent_once_and_in_doubt() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(404) if request.method == "POST" else None
    assert isinstance(create(psa), InDoubt)
    assert psa.paths("POST") == [POSTED]


def test_a_write_never_raises_even_if_the_company_is_suddenly_unknown() -> None:
    psa = ConnectWise()
    infos = [httpx.Response(200, json={"Codebase": "v2026_4/"}), httpx.Response(200, content=b"null")]
    psa.company_info = lambda: infos.pop(0)
    psa.intercept = lambda request: httpx.Response(404) if request.method == "POST" else None
    assert isinstance(create(psa), Refused | InDoubt)


# Writing


def test_a_write_is_one_post() -> None:
    psa = ConnectWise()
    assert create(psa) == Accepted("9100")
    assert psa.paths("POST") == [POSTED]
    assert json.loads(psa.site.requests[-1].content) == make_addition_body(CHANGE)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 302, 200, 204, 418])
def test_an_answer_that_is_neither_yes_nor_no_is_in_doubt_and_not_repeated(status: int) -> None:
    psa = ConnectWise()
    html = httpx.Response(status, html="<html>later</html>", headers={"retry-after": "1"})
    psa.intercept = lambda request: html if request.method == "POST" else None
    assert isinstance(create(psa), InDoubt)
    assert psa.paths("POST") == [POSTED]


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("x"), httpx.ConnectTimeout("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x")]
)
def test_no_answer_to_a_write_is_in_doubt_and_not_repeated(error: Exception) -> None:
    psa = ConnectWise()

    def fail(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise error
        return None

    psa.intercept = fail
    assert create(psa) == InDoubt(f"ConnectWise did not answer the write: {type(error).__name__}.")
    assert psa.paths("POST") == [POSTED]


def test_an_answer_to_a_write_that_cannot_be_unpacked_is_in_doubt() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: damaged_gzip() if request.method == "POST" else None
    assert isinstance(create(psa), InDoubt)


def test_a_site_that_cannot_be_asked_for_its_codebase_gets_no_write() -> None:
    psa = ConnectWise(company_info=lambda: httpx.Response(503))
    assert isinstance(create(psa), InDoubt)
    assert psa.paths("POST") == []


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, {"id": 9100}, Accepted),
        (200, {"id": 9100}, Accepted),
        (201, {"id": 0}, Accepted),
        (201, {"id": None}, InDoubt),
        (201, {}, InDoubt),
        (201, [], InDoubt),
        (201, None, InDoubt),
        *((status, None, Refused) for status in sorted(DEFINITE_REFUSALS)),
        *((status, {"id": 9100}, Refused) for status in sorted(DEFINITE_REFUSALS)),
        *((status, {"id": 9100}, InDoubt) for status in (100, 301, 302, 307, 408, 410, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_an_answer_is_yes_no_or_in_doubt(status: int, body: Any, expected: type) -> None:
    assert type(judge_answer(Answer(status, {}, body, ""))) is expected


def test_a_throttled_write_and_a_server_error_are_never_called_refused() -> None:
    assert DEFINITE_REFUSALS.isdisjoint({408, 425, 429, *range(500, 600)})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "no description"),
        ([], "no description"),
        (
            {"code": "ApiFindCondition", "message": "x/y is not a recognized name."},
            "ApiFindCondition: x/y is not a recognized name.",
        ),
        ({"code": "A", "message": "b", "errors": None}, "A: b"),
        ({"code": "A", "message": "b", "errors": ["x"]}, "A: b"),
        ({"code": "A", "message": "b", "errors": [{"field": "id", "message": "c"}]}, "A: b; id: c"),
    ],
)
def test_connectwises_error_is_told_in_its_own_words(body: Any, text: str) -> None:
    assert describe_error(Answer(400, {}, body, "")) == text


@pytest.mark.parametrize("message", ["first\nsecond", "x" * 40_000])
def test_connectwises_error_stays_one_short_line(message: str) -> None:
    text = describe_error(Answer(400, {}, {"code": "A", "message": message}, ""))
    assert "\n" not in text
    assert len(text) < 2000
