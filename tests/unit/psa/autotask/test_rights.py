"""The permission report of Autotask: each right by what Autotask itself says may be done, and what to do about it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from plans.budget import RequestBudget
from plans.permissions import Connected, KeysRefused, NotReached, PermissionReport, Standing, Suspended
from psa.autotask.rights import RIGHTS, report_rights
from tests.unit.psa.autotask.offers import Autotask, ask

ENTITIES = {entity for right in RIGHTS for entity, _ in right.acts}


def report(autotask: Autotask) -> PermissionReport:
    return ask(autotask, report_rights)


def standings(found: PermissionReport) -> dict[str, Standing]:
    return {right.name: right.standing for right in found.rights}


def refuse(status: int, *errors: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": list(errors)})


def test_a_user_with_every_right_is_told_so_with_the_hourly_counter() -> None:
    found = report(Autotask(used=1234))
    assert found.connection == Connected(budget=RequestBudget(1234, 10_000, 60))
    assert set(standings(found).values()) == {Standing.GRANTED}
    assert found.missing == ()
    assert not any(right.sentence for right in found.rights)


@pytest.mark.parametrize(("entity", "act"), [act for right in RIGHTS for act in right.acts])
@pytest.mark.parametrize("spelt", ["None", "none", 0])
def test_each_missing_right_is_named_with_what_it_is_for(entity: str, act: str, spelt: object) -> None:
    found = report(Autotask(access={entity: {f"userAccessFor{act}": spelt}}))
    (lost,) = found.missing
    (right,) = [each for each in RIGHTS if (entity, act) in each.acts]
    assert (lost.name, lost.level) == (right.name, right.level)
    assert lost.sentence.startswith(f"{right.name} ({right.level}) is missing. Give it to the security level")
    assert right.needed_for in lost.sentence


def test_what_nobody_may_do_is_missing_as_well() -> None:
    found = report(Autotask(access={"ContractServiceAdjustments": {"canCreate": False}}))
    assert [each.name for each in found.missing] == ["Contracts > Contract visibility"]


def test_a_refusal_for_want_of_a_right_is_that_right() -> None:
    words = "The logged in Resource does not have the adequate permissions"
    found = report(Autotask(refusals={"BillingItems": refuse(500, words)}))
    (lost,) = found.missing
    assert lost.name == "Contracts > Invoices"
    assert words in lost.sentence


def test_a_right_for_a_part_says_that_the_rest_is_left_out_without_a_word() -> None:
    found = report(Autotask(access={"Contracts": {"userAccessForQuery": "Restricted"}}))
    (narrow,) = [right for right in found.rights if right.sentence]
    assert (narrow.name, narrow.standing) == ("Contracts > Contracts", Standing.GRANTED)
    assert "leaves out without a word" in narrow.sentence


@pytest.mark.parametrize("info", [{"userAccessForQuery": None}, {"userAccessForQuery": None, "canQuery": None}])
def test_what_autotask_does_not_say_is_not_known(info: dict[str, Any]) -> None:
    assert standings(report(Autotask(access={"Services": info})))["Admin > Products & Services"] is Standing.UNREAD


def test_an_entity_that_cannot_be_read_now_leaves_the_others_alone() -> None:
    found = standings(report(Autotask(refusals={"Companies": httpx.Response(503)})))
    assert found.pop("CRM > Organizations") is Standing.UNREAD
    assert set(found.values()) == {Standing.GRANTED}


@pytest.mark.parametrize("entity", ["ThresholdInformation", "Contracts"])
@pytest.mark.parametrize("answer", [httpx.Response(401), refuse(500, "Invalid ApiIntegrationCode")])
def test_a_user_that_is_not_accepted_speaks_for_the_whole_report(entity: str, answer: httpx.Response) -> None:
    found = report(Autotask(refusals={entity: answer}))
    assert isinstance(found.connection, KeysRefused)
    assert set(standings(found).values()) == {Standing.UNREAD}
    assert "sesame-secret" not in repr(found)


def test_an_autotask_that_does_not_answer_is_not_reached() -> None:
    found = report(Autotask(refusals={"ThresholdInformation": httpx.Response(503)}))
    assert isinstance(found.connection, NotReached)
    assert set(standings(found).values()) == {Standing.UNREAD}


def test_beyond_three_quarters_of_the_hours_requests_no_right_is_looked_at() -> None:
    found = report(Autotask(used=7500))
    assert found.connection == Connected(budget=RequestBudget(7500, 10_000, 60))
    assert {each.standing for each in found.rights[:-1]} == {Standing.UNREAD}
    assert "goes on by itself" in found.rights[0].sentence


WORDS = "The logged in Resource does not have the adequate permissions"


@pytest.mark.parametrize("answer", [refuse(500, WORDS), httpx.Response(403)])
def test_a_counter_that_may_not_be_read_is_the_one_right_that_is_missing(answer: httpx.Response) -> None:
    found = report(Autotask(refusals={"ThresholdInformation": answer}))
    assert isinstance(found.connection, Connected)
    assert found.connection.budget is not None
    assert found.connection.budget.is_own
    (lost,) = found.missing
    assert lost.name == "ThresholdInformation"
    assert "Seatledger works all the same: it counts its own requests" in lost.sentence
    assert {each.standing for each in found.rights if each is not lost} == {Standing.GRANTED}


def test_a_counter_that_is_refused_for_another_reason_is_not_reached() -> None:
    found = report(Autotask(refusals={"ThresholdInformation": refuse(500, "Unable to find it")}))
    assert isinstance(found.connection, NotReached)


def test_an_autotask_that_answers_nobody_is_told_in_its_own_words_and_goes_on_by_itself() -> None:
    words = "The API request threshold of this database has been exceeded. Requests are suspended until usage falls."
    found = report(Autotask(refusals={"ThresholdInformation": refuse(429, words)}))
    assert isinstance(found.connection, Suspended)
    assert f"answered 429: {words.rstrip('.')})." in found.connection.sentence
    assert "It goes on by itself once fewer requests were made in the last hour" in found.connection.sentence
    assert set(standings(found).values()) == {Standing.UNREAD}


def test_the_report_does_not_send_anybody_to_itself() -> None:
    found = report(Autotask(refusals={"BillingItems": refuse(500, WORDS)}))
    assert "permission report" not in found.missing[0].sentence
