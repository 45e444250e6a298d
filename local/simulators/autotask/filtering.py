"""The filter of a query: a list of conditions and groups, all of which have to hold (autotask-halo.md 1).

A test of an empty field holds only for exist and notExist, as databases have it; texts are compared without regard to
case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from local.simulators.autotask.entities import Entity
from local.simulators.autotask.errors import TOO_MANY_ORS, ApiError, unknown_field

MOST_ORS = 500

type Record = dict[str, Any]
type Test = Callable[[Record], bool]
type Condition = Mapping[str, Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, wanted: bool(found == wanted),
    "noteq": lambda found, wanted: bool(found != wanted),
    "gt": lambda found, wanted: bool(found > wanted),
    "gte": lambda found, wanted: bool(found >= wanted),
    "lt": lambda found, wanted: bool(found < wanted),
    "lte": lambda found, wanted: bool(found <= wanted),
    "beginswith": lambda found, wanted: str(found).startswith(str(wanted)),
    "endswith": lambda found, wanted: str(found).endswith(str(wanted)),
    "contains": lambda found, wanted: str(wanted) in str(found),
    "in": lambda found, wanted: found in wanted,
    "notin": lambda found, wanted: found not in wanted,
}
_NUMBERS = ("long", "integer", "double")


def compile_filter(conditions: object, entity: Entity) -> Test:
    """What tells whether a record meets the filter. Raises ApiError where it has no meaning."""
    if not isinstance(conditions, list) or not conditions:
        raise ApiError("The query filter is missing or invalid.")
    parts = [_lowered(each) for each in conditions]
    if count_ors(parts) > MOST_ORS:
        raise ApiError(TOO_MANY_ORS)
    if sum(1 for each in _leaves(parts) if each.get("udf") is True) > 1:
        raise ApiError("Only one user-defined field may be queried at a time.")
    tests = [_compile(each, entity) for each in parts]
    return lambda record: all(test(record) for test in tests)


def lowest_id(conditions: object) -> int:
    """The lowest id that the filter can let through: what paging by id asks for."""
    lowest = 0
    for each in conditions if isinstance(conditions, list) else ():
        part = _lowered(each)
        value = part.get("value")
        if str(part.get("field", "")).lower() == "id" and isinstance(value, int) and not isinstance(value, bool):
            steps = {"gt": value + 1, "gte": value, "eq": value}
            lowest = max(lowest, steps.get(str(part.get("op", "")).lower(), 0))
    return lowest


def count_ors(parts: list[Condition]) -> int:
    """How many alternatives there are: each part of an or, and each value of a list."""
    return sum(_ors_of(part) for part in parts)


def _ors_of(part: Condition) -> int:
    value = part.get("value")
    if str(part.get("op", "")).lower() in ("in", "notin") and isinstance(value, list):
        return len(value)
    items = [_lowered(item) for item in part.get("items") or ()]
    own = len(items) if str(part.get("op", "")).lower() == "or" else 0
    return max(own, count_ors(items))


def _leaves(parts: list[Condition]) -> Iterator[Condition]:
    for part in parts:
        items = [_lowered(item) for item in part.get("items") or ()]
        if items:
            yield from _leaves(items)
        else:
            yield part


def _lowered(condition: object) -> Condition:
    if not isinstance(condition, dict):
        raise ApiError("The query filter is missing or invalid.")
    return {str(name).lower(): value for name, value in condition.items()}


def _compile(part: Condition, entity: Entity) -> Test:
    operator = str(part.get("op", "")).lower()
    if operator in ("and", "or"):
        tests = [_compile(_lowered(item), entity) for item in part.get("items") or ()]
        if not tests:
            raise ApiError(f"The group '{operator}' has no items.")
        combine = all if operator == "and" else any
        return lambda record: combine(test(record) for test in tests)
    read, convert = _reader(part, entity)
    if operator in ("exist", "notexist"):
        return lambda record: (read(record) is not None) == (operator == "exist")
    compare = _COMPARISONS.get(operator)
    if compare is None:
        raise ApiError(f"{part.get('op')} is not a valid filter operator.")
    wanted = _wanted(part.get("value"), operator, convert)
    return lambda record: (found := read(record)) is not None and compare(convert(found), wanted)


def _wanted(value: object, operator: str, convert: Callable[[object], Any]) -> Any:
    if operator in ("in", "notin"):
        if not isinstance(value, list) or not value:
            raise ApiError(f"The operator {operator} needs a list of values.")
        return frozenset(convert(each) for each in value)
    return convert(value)


def _reader(part: Condition, entity: Entity) -> tuple[Callable[[Record], Any], Callable[[object], Any]]:
    """How the field is read from a record, and how values of its type are compared."""
    name = str(part.get("field", ""))
    if part.get("udf") is True:
        if name.lower() not in {str(each["name"]).lower() for each in entity.user_defined or ()}:
            raise unknown_field(name, entity.model)
        return lambda record: _user_defined(record, name), _text
    field = entity.find_field(name)
    if field is None:
        raise unknown_field(name, entity.model)
    if not field.queryable:
        raise ApiError(f"{field.name} cannot be used in a query of the {entity.model} Entity.")
    key = field.name
    kinds = {"boolean": _boolean, "datetime": _moment, "string": _text}
    return lambda record: record.get(key), _number if field.type in _NUMBERS else kinds[field.type]


def _user_defined(record: Record, name: str) -> Any:
    fields = record.get("userDefinedFields") or ()
    return next((each["value"] for each in fields if each["name"].lower() == name.lower()), None)


def _number(value: object) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ApiError("A number was expected in the query filter.")
    return value


def _boolean(value: object) -> bool:
    """Null is an error (autotask-halo.md 1)."""
    if not isinstance(value, bool):
        raise ApiError("A boolean field can be compared with true or false only.")
    return value


def _text(value: object) -> str:
    if value is None or isinstance(value, dict | list):
        raise ApiError("A text was expected in the query filter.")
    return str(value).casefold()


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ApiError("A date was expected in the query filter.")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
