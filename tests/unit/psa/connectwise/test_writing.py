"""ConnectWise: what an answer to a write means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from net.client import Answer
from plans.agreements import Addition, AgreementFacts
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.errors import Bug
from plans.ports import Accepted, InDoubt, Refused
from plans.timeline import Timeline, make_timeline
from plans.translation import LineTask
from profiles.billing import BillableOption
from profiles.periods import Grid
from psa.connectwise.adapter import DEFINITE_REFUSALS, judge_answer
from psa.connectwise.lines import translate_line
from psa.connectwise.translate import make_addition_body
from tests.unit.net.answers import damaged_gzip
from tests.unit.psa.connectwise.site import (
    ADDITIONS,
    ConnectWise,
    move_codebase,
)

KEY, NEXT = "SL-0123456789-0000", date(2026, 12, 1)
CREATE = CreateAddition("1201", 0, KEY, "501", 12, date(2026, 11, 22), BillableOption.BILLABLE)
BEFORE = Addition("9001", "501", Decimal(10), date(2026, 11, 1), None, BillableOption.BILLABLE, KEY)
SET = SetAddition("1201", 1, "SL-0123456789-0001", BEFORE, replace(BEFORE, quantity=Decimal(12)), NEXT)
ADJUST = AdjustUnits("1201", 0, KEY, "9001", NEXT, 10, 12)
PATHS = {"POST": "/v2026_4/apis/3.0" + ADDITIONS, "PATCH": "/v2026_4/apis/3.0" + ADDITIONS + "/9001"}
# Whatever holds for one write holds for the other.
both = pytest.mark.parametrize(("method", "change", "accepted"), [("POST", CREATE, "9100"), ("PATCH", SET, "9001")])


def send(psa: ConnectWise, change: Change) -> Any:
    return psa.run(lambda port: port.send(change))


def written(psa: ConnectWise) -> list[str]:
    return [*psa.paths("POST"), *psa.paths("PATCH")]


@both
def test_a_write_is_one_request(method: str, change: Change, accepted: str) -> None:
    psa = ConnectWise()
    assert send(psa, change) == Accepted(accepted)
    assert written(psa) == [PATHS[method]]
    assert psa.site.requests[-1].method == method


def test_a_post_carries_the_addition_and_a_patch_an_array_of_operations() -> None:
    psa = ConnectWise()
    send(psa, CREATE)
    send(psa, SET)
    assert psa.created == [make_addition_body(CREATE)]
    assert psa.patched == [[{"op": "replace", "path": "quantity", "value": 12}]]


def test_the_port_translates_as_the_pure_translation_does() -> None:
    facts = AgreementFacts(
        is_active=True,
        prorates=True,
        next_invoice_on=NEXT,
        ends_on=None,
        grid=Grid(2026, 1, 1, 1),
        invoiced_through=date(2026, 11, 30),
    )
    task = LineTask(
        mapping_id="contoso-spb",
        licence_name="Business Premium",
        agreement_id="1201",
        product_id="501",
        billable_option=BillableOption.BILLABLE,
        unit_price=None,
        description=None,
        sequence=0,
        today=date(2026, 11, 22),
        facts=facts,
        owed=make_timeline([(date(2026, 11, 22), 12)]),
        billed=Timeline(),
        own=(),
    )
    translation = ConnectWise().open().translate(task)
    assert translation == translate_line(task)
    assert [change.kind for change in translation.changes] == ["create_addition"]


def test_units_by_period_are_nothing_that_connectwise_knows() -> None:
    psa = ConnectWise()
    with pytest.raises(Bug, match="no units by period"):
        send(psa, ADJUST)
    assert psa.site.requests == []


@both
def test_a_write_is_never_sent_to_a_second_codebase(method: str, change: Change, accepted: str) -> None:
    """A 404 may come after the effect, and looking the codebase up takes time that the promise does not have."""
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        return await (await move_codebase(psa)(port)).send(change)

    assert isinstance(psa.run(work), InDoubt)
    assert written(psa) == [PATHS[method]]


@both
def test_after_a_404_the_next_write_goes_where_the_api_is_now(method: str, change: Change, accepted: str) -> None:
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        moved = await move_codebase(psa)(port)
        await moved.send(change)
        return await moved.send(change)

    assert psa.run(work) == Accepted(accepted)
    assert written(psa) == [PATHS[method], PATHS[method].replace("v2026_4", "v2027_1")]


@both
def test_a_write_to_what_is_gone_is_sent_once_and_in_doubt(method: str, change: Change, accepted: str) -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(404) if request.method == method else None
    assert isinstance(send(psa, change), InDoubt)
    assert written(psa) == [PATHS[method]]


@both
def test_a_write_never_raises_even_if_the_company_is_suddenly_unknown(
    method: str, change: Change, accepted: str
) -> None:
    psa = ConnectWise(company_info=lambda: httpx.Response(200, content=b"null"))
    assert isinstance(send(psa, change), Refused)
    assert written(psa) == []


@both
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 302, 200, 204, 418])
def test_an_answer_that_is_neither_yes_nor_no_is_in_doubt_and_not_repeated(
    method: str, change: Change, accepted: str, status: int
) -> None:
    psa = ConnectWise()
    html = httpx.Response(status, html="<html>later</html>", headers={"retry-after": "1"})
    psa.intercept = lambda request: html if request.method == method else None
    assert isinstance(send(psa, change), InDoubt)
    assert written(psa) == [PATHS[method]]


@both
@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("x"), httpx.ConnectTimeout("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x")]
)
def test_no_answer_to_a_write_is_in_doubt_and_not_repeated(
    method: str, change: Change, accepted: str, error: Exception
) -> None:
    psa = ConnectWise()

    def fail(request: httpx.Request) -> httpx.Response | None:
        if request.method == method:
            raise error
        return None

    psa.intercept = fail
    assert send(psa, change) == InDoubt(f"ConnectWise did not answer the write: {type(error).__name__}.")
    assert written(psa) == [PATHS[method]]


@both
def test_an_answer_to_a_write_that_cannot_be_unpacked_is_in_doubt(method: str, change: Change, accepted: str) -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: damaged_gzip() if request.method == method else None
    assert isinstance(send(psa, change), InDoubt)


@both
def test_a_site_that_cannot_be_asked_for_its_codebase_gets_no_write(method: str, change: Change, accepted: str) -> None:
    psa = ConnectWise(company_info=lambda: httpx.Response(503))
    assert isinstance(send(psa, change), InDoubt)
    assert written(psa) == []


def test_a_refusal_tells_connectwises_own_words() -> None:
    psa = ConnectWise()
    body = {"code": "InvalidObject", "message": "addition object is invalid"}
    psa.intercept = lambda request: httpx.Response(400, json=body) if request.method == "PATCH" else None
    assert send(psa, SET) == Refused(
        "ConnectWise refused the write with 400: InvalidObject: addition object is invalid."
    )


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
