"""Answers one request to the API, faults aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local.simulators.answers import Answer
from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.entities import Entity, Field
from local.simulators.autotask.errors import ApiError, missing_field, refuse_method
from local.simulators.autotask.filtering import Record
from local.simulators.autotask.operations import COUNT, INFORMATION, ITEM, NEXT, PARENT_FIELDS, Target
from local.simulators.autotask.querying import (
    Place,
    count_rows,
    find_rows,
    make_page,
    read_body,
    read_place,
    read_query,
    show,
)
from local.simulators.autotask.records import Records
from local.simulators.autotask.validation import read_record

NO_QUERY = "A query is required: as the body of a POST, or as the parameter search of a GET."


@dataclass(frozen=True)
class Call:
    """One request. `base_url` is the zone's address up to and with the version of the API."""

    target: Target
    base_url: str
    parameters: Mapping[str, str]
    body: bytes


class Service:
    def __init__(self, records: Records, contracts: Contracts) -> None:
        self._records = records
        self._contracts = contracts

    def answer(self, call: Call) -> Answer:
        """The answer, also where it is a refusal."""
        try:
            return self._answer(call)
        except ApiError as refused:
            return refused.as_answer()

    def _answer(self, call: Call) -> Answer:
        target, entity = call.target, call.target.entity
        address = target.address
        if address is None or entity is None:
            return Answer(404, {"Message": "No HTTP resource was found that matches the request URI."})
        if not target.is_allowed or (address.kind == NEXT and not _may_page(call)):
            return refuse_method(target.method)
        if address.kind in INFORMATION:
            return Answer(200, tell_about(entity, address.kind))
        if target.is_write:
            return Answer(200, {"itemId": self._write(call, entity)})
        if address.kind == ITEM:
            return Answer(200, {"item": self._single(target, entity)})
        if target.parent_number is not None:
            return self._children(call, entity)
        return self._query(call, entity)

    def _query(self, call: Call, entity: Entity) -> Answer:
        search = call.parameters.get("search") if call.target.method == "GET" else None
        text = call.body if search is None else search
        if not text:
            raise ApiError(NO_QUERY)
        query = read_query(read_body(text), entity)
        records = self._records.all(entity.name)
        if call.target.address is not None and call.target.address.kind == COUNT:
            return Answer(200, {"queryCount": count_rows(records, query)})
        place = read_place(call.parameters["paging"]) if "paging" in call.parameters else Place()
        rows, more = find_rows(records, query, place)
        return Answer(200, make_page(rows, query, place, f"{call.base_url}/{entity.name}", search, more=more))

    def _children(self, call: Call, entity: Entity) -> Answer:
        """All of a parent's records, as a list that is paged like a query."""
        parent = {"op": "eq", "field": _parent_field(call.target), "value": call.target.parent_number}
        query = read_query({"filter": [parent]}, entity)
        rows, more = find_rows(self._records.all(entity.name), query, Place())
        return Answer(200, make_page(rows, query, Place(), f"{call.base_url}/{entity.name}", "", more=more))

    def _single(self, target: Target, entity: Entity) -> Record | None:
        """Null where there is none with that number (autotask-halo.md 1, Single read)."""
        record = self._records.find(entity.name, target.number)
        if record is None or target.parent_number not in (None, record.get(_parent_field(target))):
            return None
        return show(record, entity)

    def _write(self, call: Call, entity: Entity) -> int | None:
        """The number that is told: none after an adjustment (autotask-halo.md 2)."""
        target, body = call.target, read_record(call.body, entity)
        if target.parent_number is not None:
            field = _parent_field(target)
            if body.setdefault(field, target.parent_number) != target.parent_number:
                raise ApiError(f"{field} does not match the address.")
        if entity.name == "ContractServiceAdjustments":
            self._contracts.adjust(body, target.operation)
            return None
        if entity.name == "ContractServices":
            return self._write_service(target, body)
        if entity.name == "Contracts" and target.method != "POST":
            return int(self._contracts.change_contract(body)["id"])
        return self._write_plain(target, body, entity)

    def _write_service(self, target: Target, body: Record) -> int:
        if target.method == "POST":
            return int(self._contracts.add_service(body, int(body["contractID"]))["id"])
        return int(self._contracts.change_service(body)["id"])

    def _write_plain(self, target: Target, body: Record, entity: Entity) -> int:
        """A record that nothing else hangs on."""
        if target.method == "POST":
            for field in entity.fields.values():
                if field.required and body.get(field.name) is None:
                    raise missing_field(field.name)
            made = self._records.add(entity.name, body)
            self._records.save()
            return int(made["id"])
        known = self._records.find(entity.name, body.get("id"))
        if known is None:
            raise ApiError(f"{entity.model} does not exist.")
        known |= body
        self._records.save()
        return int(known["id"])


def _may_page(call: Call) -> bool:
    """A page that was asked for by POST is not to be had by GET (autotask-halo.md 1, Paging)."""
    return call.target.method == "POST" or "search" in call.parameters


def _parent_field(target: Target) -> str:
    parent = None if target.address is None else target.address.parent
    return PARENT_FIELDS[parent or "Contracts"]


def tell_about(entity: Entity, kind: str) -> Record:
    """What the API says of an entity: what may be done with it, or its fields."""
    if kind == INFORMATION[1]:
        return {"fields": [_tell_field(field) for field in entity.fields.values()]}
    if kind == INFORMATION[2]:
        return {"fields": [_tell_user_defined(dict(each)) for each in entity.user_defined or ()]}
    rights = {"Create": "C", "Query": "R", "Update": "U", "Delete": "D"}
    info: Record = {f"can{act}": letter in entity.rights for act, letter in rights.items()}
    # The API user that is played has the level that may do everything (autotask-halo.md 1, Headers and user).
    info |= {f"userAccessFor{act}": "All" if letter in entity.rights else "None" for act, letter in rights.items()}
    has_user_defined = entity.user_defined is not None
    return {"info": {"name": entity.name, **info, "hasUserDefinedFields": has_user_defined}}


def _tell_field(field: Field) -> Record:
    """The value of a picklist is a text, where the field itself is a number (autotask-halo.md 1, Metadata)."""
    told: Record = {
        "name": field.name,
        "dataType": field.type,
        "length": field.length or 0,
        "isRequired": field.required,
        "isReadOnly": field.read_only,
        "isQueryable": field.queryable,
        "isPickList": field.picklist is not None,
        "picklistValues": None,
    }
    if field.picklist is not None:
        told["picklistValues"] = [
            {"value": value, "label": label, "isDefaultValue": False, "sortOrder": place, "isActive": True}
            for place, (value, label) in enumerate(field.picklist.items(), 1)
        ]
    return told


def _tell_user_defined(definition: Record) -> Record:
    return {"label": definition["name"], "type": "string", "isRequired": False, "isPickList": False, **definition}
