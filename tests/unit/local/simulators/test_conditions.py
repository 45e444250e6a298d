"""The condition language: what it accepts, what it means and what it refuses."""

from __future__ import annotations

import pytest

from local.simulators.connectwise.conditions.evaluate import holds
from local.simulators.connectwise.conditions.parser import parse_condition
from local.simulators.connectwise.errors import ApiError

RECORD = {
    "id": 1201,
    "name": 'O\'Brien "Managed" Services',
    "company": {"id": 250, "name": "Harbour Dental Group"},
    "cancelledFlag": False,
    "startDate": "2025-01-01T00:00:00Z",
    "billAmount": 12.5,
    "endDate": None,
    "types": [{"name": "Customer"}, {"name": "Vendor"}],
}


@pytest.mark.parametrize(
    "text",
    [
        "id=1201",
        "ID = 1201",
        "id != 7",
        "id>1200 and id<1202 AND id >= 1201 and id <= 1201",
        "company/id=250 AND cancelledFlag=false",
        "company/name = 'harbour dental group'",
        'company/name contains "dental"',
        "company/name like 'harb%group'",
        'company/name LIKE "*Dental*"',
        "company/name not like 'x%'",
        'name contains "o\'brien"',
        "name contains '\"managed\"'",
        "id in (5, 1201)",
        "id NOT IN (5,6)",
        "startDate = [2025-01-01]",
        "startDate < [2025-01-01T00:00:01Z] and startDate>[2024-12-31T23:59:59-00:00]",
        "startDate = [2025-01-01T02:00:00+02:00]",
        "billAmount = 12.50 and billAmount > -1",
        "endDate = null",
        "missing = null",
        "startDate != null",
        "not (id = 5 or id = 6)",
        "(id = 5 or id = 1201) and cancelledFlag != true",
        "id = 1201 or id = 5 and id = 6",
        "types/name = 'vendor'",
    ],
)
def test_conditions_that_hold(text: str) -> None:
    assert holds(parse_condition(text), RECORD)


@pytest.mark.parametrize(
    "text",
    [
        "id=5",
        "endDate > [2020-01-01]",
        "endDate != null",
        "company/name like 'dental'",
        "not id = 1201",
        "(id = 1201 or id = 5) and id = 6",
        "id in (1, 2)",
        "company/nickname contains 'x'",
        "name = ''",
    ],
)
def test_conditions_that_do_not_hold(text: str) -> None:
    assert not holds(parse_condition(text), RECORD)


@pytest.mark.parametrize(
    "text",
    [
        "id",
        "id =",
        "= 5",
        "id == 5",
        "id = 5 and",
        "id = 5 id = 6",
        "(id = 5",
        "id = 5)",
        "id in 5",
        "id in ()",
        "id in (5",
        "id near 5",
        "id = five",
        "id not = 5",
        "startDate = [soon]",
        "name = 'open",
        "name = 'it\\'s'",
        "id = 5; drop",
    ],
)
def test_conditions_that_are_refused(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_condition(text)
    assert (refused.value.status, refused.value.code) == (400, "ApiFindCondition")


@pytest.mark.parametrize("text", ["id = '1201'", "name = 5", "cancelledFlag = 0", "id contains 'x'", "id < 'x'"])
def test_values_of_the_wrong_type_are_refused(text: str) -> None:
    with pytest.raises(ApiError):
        holds(parse_condition(text), RECORD)
