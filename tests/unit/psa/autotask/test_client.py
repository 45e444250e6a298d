"""Autotask over HTTP: headers, pages, errors, how many at once, and the database's own budget."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from net.client import WebClient, open_client
from net.hosts import AllowedHosts
from plans.budget import Pace, RequestBudget
from plans.errors import Misconfigured, Retry, Spent, Throttled
from psa.autotask.client import AutotaskClient, Credentials, ReadRefused
from psa.autotask.pacing import (
    LONGEST_WAIT_SECONDS,
    OWN_LIMIT,
    OWN_MINUTES,
    REQUESTS_AT_ONCE,
    SECONDS_PER_LOOK,
    SLOW_SECONDS,
)
from tests.unit.net.answers import Site, run_timed

ZONE = "https://webservices5.autotask.net/atservicesrest/"
KEYS = Credentials("api@msp.example", "sesame-secret", "TRACKING-ID")
FILTER = [{"op": "eq", "field": "contractType", "value": 7}]
CALM = {"currentTimeframeRequestCount": 10, "externalRequestThreshold": 10000, "requestThresholdTimeframe": 60}

type Answering = Callable[[httpx.Request], httpx.Response]


def run[T](answer: Answering, work: Callable[[AutotaskClient], Coroutine[Any, Any, T]], base: str = ZONE) -> T:
    return play(Site(answer), work, base)[0]


def play[T](site: Site, work: Callable[[AutotaskClient], Coroutine[Any, Any, T]], base: str = ZONE) -> tuple[T, float]:
    web: WebClient = open_client(ZONE, AllowedHosts(), site)
    return run_timed(work(AutotaskClient(web, KEYS, base)))


def serve_pages(total: int, size: int = 500) -> Answering:
    """So many rows of one entity; the next page is had by POST with the same body only, as in Autotask."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ThresholdInformation"):
            return httpx.Response(200, json=CALM)
        if request.method != "POST" or "Filter" not in json.loads(request.content):
            return httpx.Response(405)
        if request.url.path.endswith("/query/count"):
            return httpx.Response(200, json={"queryCount": total})
        first = int(request.url.params.get("paging", "0"))
        rows = [{"id": number} for number in range(first, min(first + size, total))]
        following = None
        if first + size < total:
            # A host of another zone: only the question is taken over.
            following = f"https://webservices9.autotask.net/x/query/next?paging={first + size}"
        return httpx.Response(200, json={"items": rows, "pageDetails": {"count": len(rows), "nextPageUrl": following}})

    return answer


def reply(status: int, body: Any) -> Answering:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ThresholdInformation"):
            return httpx.Response(200, json=CALM)
        return httpx.Response(status, json=body)

    return answer


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (500, 1), (501, 2), (5000, 10)])
def test_a_query_goes_on_until_there_is_no_next_page_and_posts_the_same_body(rows: int, pages: int) -> None:
    site = Site(serve_pages(rows))
    found, _ = play(site, lambda client: client.query("Contracts", FILTER, ("contractName",)))
    assert [row["id"] for row in found] == list(range(rows))
    posted = [request for request in site.requests if request.method == "POST"]
    asked = [request for request in posted if not request.url.path.endswith("/count")]
    assert (len(asked), len(posted) - len(asked)) == (pages, int(rows in (500, 5000))), "a full last page is counted"
    assert {request.content for request in asked} == {asked[0].content}
    assert json.loads(asked[0].content) == {"Filter": FILTER, "IncludeFields": ["id", "contractName"]}
    assert {request.url.host for request in site.requests} == {"webservices5.autotask.net"}
    assert {request.url.path for request in asked[1:]} <= {"/atservicesrest/v1.0/Contracts/query/next"}


def test_a_full_page_that_lost_its_successor_is_no_reading() -> None:
    """A service whose rows are missing would look as if nobody billed it."""

    def answer(request: httpx.Request) -> httpx.Response:
        whole = serve_pages(501)(request)
        if not request.url.path.endswith("/Contracts/query"):
            return whole
        page = whole.json()
        return httpx.Response(200, json={**page, "pageDetails": {**page["pageDetails"], "nextPageUrl": None}})

    with pytest.raises(Retry, match="counts 501 rows of Contracts, and 500 were read"):
        play(Site(answer), lambda client: client.query("Contracts", FILTER))


@pytest.mark.parametrize(("rows", "found"), [(0, 0), (499, 499), (500, None), (501, None)])
def test_what_one_page_holds_is_known_to_be_all_only_where_the_page_is_not_full(rows: int, found: int | None) -> None:
    site = Site(serve_pages(rows))
    known, _ = play(site, lambda client: client.query_one_page("Contracts", FILTER, ("contractName",)))
    assert (None if known is None else len(known)) == found
    (asked,) = [request for request in site.requests if request.method == "POST"]
    assert json.loads(asked.content) == {"Filter": FILTER, "IncludeFields": ["id", "contractName"]}


def test_one_page_with_a_row_twice_is_no_answer() -> None:
    body = {"items": [{"id": 1}, {"id": 1}], "pageDetails": {"count": 2, "nextPageUrl": None}}
    with pytest.raises(Retry, match="a row twice"):
        run(reply(200, body), lambda client: client.query_one_page("Contracts", FILTER, ()))


def test_many_values_are_asked_for_in_queries_of_499() -> None:
    """Autotask takes 500 alternatives; and a page of so many rows by their ids is never full."""
    site = Site(serve_pages(0))
    play(site, lambda client: client.query_by("ContractServices", "contractID", range(1001), FILTER))
    bodies = [json.loads(each.content)["Filter"] for each in site.requests if each.method == "POST"]
    assert [len(each[0]["value"]) for each in bodies] == [499, 499, 3]
    assert all(each[1:] == FILTER for each in bodies)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"items": [{"id": 1}]},
        {"items": [{"id": 1}], "pageDetails": {}},
        {"items": [{"id": 1}], "pageDetails": {"count": 2, "nextPageUrl": None}},
        {"items": [{"id": 1}, {"id": 1}], "pageDetails": {"count": 2, "nextPageUrl": None}},
        {"items": [{"name": "x"}], "pageDetails": {"count": 1, "nextPageUrl": None}},
        {"items": ["x"], "pageDetails": {"count": 1, "nextPageUrl": None}},
        {"items": [], "pageDetails": {"count": 0, "nextPageUrl": "https://x/next?paging=1"}},
        {"items": [{"id": 1}], "pageDetails": {"count": 1, "nextPageUrl": "https://x/next?paging=1"}},
    ],
)
def test_a_page_that_is_not_whole_is_no_answer(body: Any) -> None:
    with pytest.raises(Retry):
        run(reply(200, body), lambda client: client.query("Contracts", FILTER))


def test_every_request_carries_the_three_headers_and_nothing_prints_them() -> None:
    site = Site(serve_pages(1))
    play(site, lambda client: client.query("Contracts", FILTER))
    for request in site.requests:
        assert request.headers["username"] == "api@msp.example"
        assert request.headers["secret"] == "sesame-secret"
        assert request.headers["apiintegrationcode"] == "TRACKING-ID"
    assert "sesame" not in repr(KEYS)
    assert "TRACKING" not in repr(KEYS)


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (500, {"errors": ["The logged in Resource does not have the adequate permissions"]}, ReadRefused, "permission"),
        (500, {"errors": ["Unable to find x in the Contract Entity"]}, ReadRefused, "Unable to find x"),
        (500, {"errors": [{"message": "Invalid API integration code"}]}, ReadRefused, "does not accept the API user"),
        (401, None, ReadRefused, "does not accept the API user"),
        (403, None, ReadRefused, "permission report"),
        (404, None, ReadRefused, "refused"),
        (200, {"errors": ["Something is wrong with that filter"]}, ReadRefused, "wrong with that filter"),
        (302, None, Retry, "never followed"),
        (500, {"errors": ["Transaction was deadlocked on lock resources"]}, Retry, "answered 500"),
        (500, {"errors": []}, Retry, "answered 500"),
        (500, {"errors": [" ", 5, {"message": None}]}, Retry, "answered 500"),
        (503, None, Retry, "answered 503"),
        (429, None, Throttled, "answered 429"),
        (500, {"errors": ["The Autotask API thread threshold of 3 threads has been exceeded."]}, Retry, "answered 500"),
    ],
)
def test_an_error_is_told_by_its_words(status: int, body: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        run(reply(status, body), lambda client: client.query("Contracts", FILTER))


def test_a_refusal_is_asked_for_once_and_a_passing_error_again() -> None:
    refused = Site(reply(500, {"errors": ["No such field"]}))
    with pytest.raises(ReadRefused):
        play(refused, lambda client: client.query("Contracts", FILTER))
    assert refused.count("POST", "/query") == 1
    passing = Site(reply(500, {"errors": ["Please try again"]}))
    with pytest.raises(Retry):
        play(passing, lambda client: client.query("Contracts", FILTER))
    assert passing.count("POST", "/query") == 4


@pytest.mark.parametrize(("body", "item"), [({"item": {"id": 7}}, {"id": 7}), ({"item": None}, None)])
def test_a_row_that_is_not_there_is_null(body: Any, item: Any) -> None:
    site = Site(reply(200, body))
    assert play(site, lambda client: client.read_item("Contracts", "Contracts/7"), "/atservicesrest")[0] == item
    assert site.requests[-1].url.path == "/atservicesrest/v1.0/Contracts/7"


@pytest.mark.parametrize(
    ("ask", "body"),
    [
        (lambda client: client.read_item("Contracts", "Contracts/7"), {}),
        (lambda client: client.count("Contracts", FILTER), {}),
        (lambda client: client.read_fields("Contracts"), {"fields": None}),
        (lambda client: client.read_entity("Contracts"), {"info": None}),
    ],
)
def test_half_an_answer_is_none(ask: Callable[[AutotaskClient], Coroutine[Any, Any, Any]], body: Any) -> None:
    with pytest.raises(Retry):
        run(reply(200, body), ask)


def test_counts_fields_and_rights_are_read() -> None:
    assert run(reply(200, {"queryCount": 12}), lambda client: client.count("Contracts", FILTER)) == 12
    fields = {"fields": [{"name": "invoiceDescription", "length": 100}, "x", {}]}
    found = run(reply(200, fields), lambda client: client.read_fields("ContractServices"))
    assert found == {"invoiceDescription": {"name": "invoiceDescription", "length": 100}}
    info = {"info": {"canCreate": True}}
    assert run(reply(200, info), lambda client: client.read_entity("Contracts")) == {"canCreate": True}


def test_a_write_is_sent_once_whatever_the_answer() -> None:
    site = Site(reply(500, None))
    body = {"unitChange": 2}
    path = "Contracts/7/ServiceAdjustments"
    work = lambda client: client.write_once("POST", "ContractServiceAdjustments", path, body)  # noqa: E731
    answer, _ = play(site, work)
    assert answer.status == 500
    assert site.count("POST", "/atservicesrest/v1.0/Contracts/7/ServiceAdjustments") == 1


@pytest.mark.parametrize(("seconds", "sent"), [(LONGEST_WAIT_SECONDS, 1), (LONGEST_WAIT_SECONDS + 1, 0)])
def test_a_write_that_would_leave_late_is_not_sent(seconds: float, sent: int) -> None:
    """The counter is read first, which may take minutes: whoever promised the write thinks that it left long ago, and
    ten and a half minutes after the promise somebody else may send it again."""

    class Slow(Site):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(seconds if request.url.path.endswith("/ThresholdInformation") else 0.0)
            return await super().handle_async_request(request)

    async def work(client: AutotaskClient) -> str:
        try:
            await client.write_once("POST", "ContractServiceAdjustments", "Contracts/7/ServiceAdjustments", {})
        except Retry as error:
            return str(error)
        return ""

    site = Slow(serve_pages(1))
    said, _ = play(site, work)
    assert said == ("" if sent else "Autotask had no room for a write for 21 seconds, and it was not sent.")
    assert site.count("POST", "/ServiceAdjustments") == sent


def test_two_requests_of_an_entity_run_at_once_and_one_write() -> None:
    running: dict[str, int] = {}
    most: dict[str, int] = {}

    class Slow(Site):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            name = "write" if request.url.path.endswith("Adjustments") else request.url.path.split("/")[3]
            running[name] = running.get(name, 0) + 1
            most[name] = max(most.get(name, 0), running[name])
            await asyncio.sleep(1)
            running[name] -= 1
            return await super().handle_async_request(request)

    async def work(client: AutotaskClient) -> None:
        reads = [client.query(name, FILTER) for name in ("Contracts", "Services") for _ in range(5)]
        writes = [
            client.write_once("POST", "ContractServiceAdjustments", "Contracts/7/ServiceAdjustments", {"Filter": 1})
            for _ in range(3)
        ]
        await asyncio.gather(*reads, *writes)

    play(Slow(serve_pages(3)), work)
    assert most["Contracts"] == most["Services"] == REQUESTS_AT_ONCE
    assert most["write"] == 1


class TestBudget:
    def spend(self, *used: int) -> tuple[Answering, list[int]]:
        """Answers like `serve_pages(1)`; the counter says one number after the other, the last one for ever."""
        left, asked = [*used], [0]
        serve = serve_pages(1)

        def answer(request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith("/ThresholdInformation"):
                return serve(request)
            asked[0] += 1
            count = left.pop(0) if len(left) > 1 else left[0]
            return httpx.Response(200, json={**CALM, "currentTimeframeRequestCount": count})

        return answer, asked

    @pytest.mark.parametrize(
        ("used", "pace"),
        [(0, Pace.FREE), (4999, Pace.FREE), (5000, Pace.SLOW), (7499, Pace.SLOW), (7500, Pace.STOPPED)],
    )
    def test_it_slows_down_at_half_and_stops_at_three_quarters(self, used: int, pace: Pace) -> None:
        budget = RequestBudget(used, 10000, 60)
        assert budget.pace is pace
        assert f"{used} of 10000" in budget.describe()

    def test_nothing_allowed_is_all_used(self) -> None:
        assert RequestBudget(0, 0, 60).pace is Pace.STOPPED

    def test_a_slow_request_waits_a_second_and_a_stopped_one_is_not_sent(self) -> None:
        answer, _ = self.spend(6000)
        _, seconds = play(Site(answer), lambda client: client.query("Contracts", FILTER))
        assert seconds == SLOW_SECONDS
        site = Site(self.spend(7500)[0])
        with pytest.raises(Throttled, match=r"7500 of 10000.*goes on by itself"):
            play(site, lambda client: client.query("Contracts", FILTER))
        assert site.count("POST", "/query") == 0

    def test_a_stop_ends_by_itself(self) -> None:
        answer, asked = self.spend(9000, 7000)

        async def work(client: AutotaskClient) -> int:
            with pytest.raises(Throttled):
                await client.query("Contracts", FILTER)
            await asyncio.sleep(SLOW_SECONDS)
            return len(await client.query("Contracts", FILTER))

        assert play(Site(answer), work)[0] == 1
        assert asked[0] == 2

    def test_the_counter_is_read_again_after_a_hundred_requests_or_a_minute(self) -> None:
        answer, asked = self.spend(0)

        async def work(client: AutotaskClient) -> None:
            for _ in range(100):
                await client.query("Contracts", FILTER)
            assert asked[0] == 1
            await client.query("Contracts", FILTER)
            assert asked[0] == 2
            await asyncio.sleep(60)
            await client.query("Contracts", FILTER)

        play(Site(answer), work)
        assert asked[0] == 3

    def test_it_can_be_looked_at_whatever_it_says(self) -> None:
        answer, _ = self.spend(9999)
        assert run(answer, lambda client: client.read_budget()) == RequestBudget(9999, 10000, 60)

    def hide(self, status: int = 500) -> Site:
        """Answers like `serve_pages(1)`, and does not let the user read the counter."""
        serve = serve_pages(1)
        words = "The logged in Resource does not have the adequate permissions"

        def answer(request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith("/ThresholdInformation"):
                return serve(request)
            return httpx.Response(status, json={"errors": [words] if status == 500 else []})

        return Site(answer)

    def test_without_the_right_to_read_it_our_own_requests_are_counted_for_an_hour(self) -> None:
        site = self.hide()

        async def work(client: AutotaskClient) -> tuple[RequestBudget, RequestBudget]:
            for _ in range(5):
                assert len(await client.query("Contracts", FILTER)) == 1
            before = await client.read_budget()
            await asyncio.sleep(OWN_MINUTES * 60)
            return before, await client.read_budget()

        (before, after), _ = play(site, work)
        assert (before.used, before.limit, before.minutes, before.is_own) == (7, OWN_LIMIT, OWN_MINUTES, True)
        assert "adequate permissions" in before.refusal
        assert after.used == 1

    def test_our_own_count_slows_down_stops_and_ends_its_stop_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("psa.autotask.pacing.OWN_LIMIT", 8)
        site = self.hide()

        async def work(client: AutotaskClient) -> None:
            for _ in range(5):
                await client.query("Contracts", FILTER)
            with pytest.raises(
                Spent, match=r"6 of the 8 requests that Seatledger allows itself.*others made it may not"
            ):
                await client.query("Contracts", FILTER)
            assert asyncio.get_running_loop().time() == 2 * SLOW_SECONDS
            await asyncio.sleep(OWN_MINUTES * 60)
            assert len(await client.query("Contracts", FILTER)) == 1

        play(site, work)
        assert site.count("POST", "/query") == 6

    def test_the_right_is_noticed_once_it_is_given(self) -> None:
        hidden, serve, refused = self.hide().answer, serve_pages(1), [True]

        async def work(client: AutotaskClient) -> None:
            await client.query("Contracts", FILTER)
            refused[0] = False
            await asyncio.sleep(SECONDS_PER_LOOK)
            await client.query("Contracts", FILTER)
            assert not (await client.read_budget()).is_own

        run(lambda request: (hidden if refused[0] else serve)(request), work)

    def test_a_counter_that_cannot_be_read_for_an_outage_still_stops(self) -> None:
        site = self.hide(503)
        with pytest.raises(Retry):
            play(site, lambda client: client.query("Contracts", FILTER))
        assert site.count("POST", "/query") == 0

    def test_where_nobody_is_answered_it_is_for_later_with_autotasks_words(self) -> None:
        words = "The API request threshold of this database has been exceeded"

        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(429, json={"errors": [words]})

        with pytest.raises(Spent, match=rf"answered 429: {words}\). It goes on by itself"):
            run(answer, lambda client: client.query("Contracts", FILTER))

    def test_after_a_429_the_counter_is_looked_at_before_anything_else(self) -> None:
        answer, asked = self.spend(10, 9_999)

        def refuse(request: httpx.Request) -> httpx.Response:
            threshold = request.url.path.endswith("/ThresholdInformation")
            return answer(request) if threshold else httpx.Response(429)

        async def work(client: AutotaskClient) -> None:
            with pytest.raises(Throttled):
                await client.query("Contracts", FILTER)
            with pytest.raises(Spent, match="9999 of 10000"):
                await client.query("Contracts", FILTER)

        run(refuse, work)
        assert asked[0] == 2

    def test_half_a_counter_is_none(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"externalRequestThreshold": 10000})

        with pytest.raises(Retry, match="did not say how many"):
            run(answer, lambda client: client.read_budget())


def test_there_is_an_end_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psa.autotask.client.PAGE_LIMIT", 2)
    with pytest.raises(Misconfigured, match="more than"):
        run(serve_pages(1001), lambda client: client.query("Contracts", FILTER))
