"""Every kind of trigger, in the real host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from durabletask.client import OrchestrationStatus

from local.host.easy_auth.people import ADMINISTRATOR

if TYPE_CHECKING:
    from tests.unit.local.host.conftest import SampleStack


def test_timer_fires_again_and_again(stack: SampleStack) -> None:
    stack.wait_for_event("tick", past_due=False, has_next=True)
    before = len(stack.read_journal("tick"))
    stack.wait_until(lambda: len(stack.read_journal("tick")) > before, "another tick")


def test_message_runs_its_function_and_the_list_it_returns_becomes_messages(stack: SampleStack) -> None:
    stack.put_message("sample-in", "good")
    seen = stack.wait_for_event("copy", text="good")
    assert seen["attempt"] == 1
    assert seen["inserted"].endswith("+00:00")
    assert {stack.wait_for_message("sample-out") for _ in range(2)} == {"good-1", "good-2"}


def test_message_that_keeps_failing_goes_to_the_poison_queue_as_it_came(stack: SampleStack) -> None:
    stack.put_message("sample-in", "bad & <sad> ü")
    assert stack.wait_for_message("sample-in-poison") == "bad & <sad> ü"
    attempts = [e["attempt"] for e in stack.read_journal("copy") if e["text"] == "bad & <sad> ü"]
    assert attempts == [1, 2, 3]


def test_orchestration_with_activities_a_timer_and_a_sub_orchestration(stack: SampleStack) -> None:
    stack.start_orchestration("parent", ["Ann", "Bob"], "night-1")
    state = stack.wait_for_end("night-1")
    assert state.runtime_status == OrchestrationStatus.COMPLETED
    assert json.loads(state.serialized_output or "") == 2
    caught = stack.read_journal("child caught")[0]
    assert "failed on purpose" in caught["text"]


def test_orchestrators_and_pages_are_told_the_local_time(stack: SampleStack) -> None:
    stack.start_orchestration("parent", ["Ann"], "night-2031")
    stack.wait_for_end("night-2031")
    told = stack.wait_for_event("parent")
    assert told["now"].startswith("2031-05-01T0")
    with stack.open_browser(ADMINISTRATOR) as browser:
        assert browser.get("/time").json()["now"].startswith("2031-05-01T0")


def test_activity_may_have_a_queue_output(stack: SampleStack) -> None:
    stack.start_orchestration("slow", 0, "slow-output")
    stack.wait_for_end("slow-output")
    assert stack.wait_for_message("sample-done") == "slept"


def test_orchestrator_that_the_app_does_not_have_fails_with_a_sentence(stack: SampleStack) -> None:
    stack.start_orchestration("nowhere", None, "nowhere-1")
    state = stack.wait_for_end("nowhere-1")
    assert state.runtime_status == OrchestrationStatus.FAILED
    assert state.failure_details is not None
    assert state.failure_details.message == "The app has no orchestrator called 'nowhere'."


def test_request_reaches_the_function_as_it_was_sent(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        response = browser.post("/api/v1/a%20b?x=1&x=2", content="body", headers={"X-Own": "kept"})
    assert response.status_code == 201
    seen = response.json()
    assert (seen["method"], seen["path"], seen["query"], seen["body"]) == (
        "POST",
        "api/v1/a b",
        "x=1&x=2",
        "body",
    )
    assert seen["headers"]["x-own"] == "kept"


def test_response_may_set_several_cookies_and_their_values_are_percent_encoded(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        cookies = browser.get("/api/v1/cookies").headers.get_list("set-cookie")
    assert cookies == [
        "first=a%3Db; max-age=60; path=/; samesite=strict; httponly",
        "second=2; path=/; secure; samesite=lax",
    ]


def test_function_that_raises_answers_500_without_a_trace(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        response = browser.get("/api/v1/broken")
    assert (response.status_code, response.text) == (500, "")


def test_reserved_paths_never_reach_the_app(stack: SampleStack) -> None:
    with stack.open_browser(ADMINISTRATOR) as browser:
        assert browser.get("/runtime/anything").status_code == 404
        assert browser.get("/admin/anything").status_code == 404


def test_status_lists_the_functions(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        status = browser.get("/admin/host/status").json()
    assert status["state"] == "Running"
    assert {"tick", "copy", "parent", "greet", "web"} <= set(status["functions"])


def test_admin_runs_a_queue_function_with_the_given_message(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        answer = browser.post("/admin/functions/copy", json={"input": "from admin"})
    assert answer.status_code == 202
    stack.wait_for_event("copy", text="from admin")


def test_admin_refuses_what_it_cannot_run(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        assert browser.post("/admin/functions/missing", json={}).status_code == 404
        assert browser.post("/admin/functions/web", json={}).status_code == 400
        assert browser.post("/admin/functions/tick", content="{}").status_code == 415
        assert browser.post("/admin/functions/tick", json={"input": ""}).status_code == 202


def test_blocking_app_can_still_fetch_the_signing_keys_from_the_front(stack: SampleStack) -> None:
    with stack.open_browser() as browser:
        assert browser.get("/api/v1/keys").json()["keys"] == 1
