"""Answers one request to the API, faults aside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from local.simulators.answers import Answer
from local.simulators.connectwise.additions import Additions
from local.simulators.connectwise.errors import ApiError
from local.simulators.connectwise.invoicing import InvoiceEngine
from local.simulators.connectwise.listing import matching, ordered, pruned
from local.simulators.connectwise.operations import ADDITION, ADDITIONS, AGREEMENT, LISTS, RECAPS, Target
from local.simulators.connectwise.paging import link_header, page_of
from local.simulators.connectwise.query import Query, read_query
from local.simulators.connectwise.recaps import agreement_recap, agreement_recaps
from local.simulators.connectwise.records import Record, Records


@dataclass(frozen=True)
class Call:
    """One request. `path` is the whole path that was called; `hide_cancelled` leaves those additions out."""

    target: Target
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    hide_cancelled: bool = False


class Service:
    def __init__(self, records: Records) -> None:
        self._records = records
        self._additions = Additions(records)

    def answer(self, call: Call) -> Answer:
        try:
            return self._answer(call)
        except ApiError as refused:
            return refused.as_answer()

    def _answer(self, call: Call) -> Answer:
        target = call.target
        if target.template is None:
            raise ApiError(404, "NotFound", "The resource was not found.")
        if not target.allowed:
            raise ApiError(405, "MethodNotAllowed", "The requested resource does not support this method.")
        if target.method != "GET":
            return self._write(call)
        query = read_query(call.parameters, call.headers)
        if target.template == "/system/info":
            return Answer(200, self._records.info)
        if target.template in LISTS:
            return self._list(call, query)
        if target.template.endswith("/count"):
            rows, model = self._rows(call, query, target.template.removesuffix("/count"))
            return Answer(200, {"count": len(matching(rows, model, query))})
        return Answer(200, pruned(self._single(target), query.fields))

    def _list(self, call: Call, query: Query) -> Answer:
        rows, model = self._rows(call, query, str(call.target.template))
        found = ordered(matching(rows, model, query), model, query.order_by)
        page = [pruned(row, query.fields) for row in page_of(found, query)]
        return Answer(200, page, link_header(found, query, call.path, call.parameters))

    def _rows(self, call: Call, query: Query, template: str) -> tuple[list[Record], str]:
        model, collection = LISTS[template]
        if template == ADDITIONS:
            rows = self._additions.of_agreement(call.target.numbers["parentId"])
            now = self._records.now()
            hidden = call.hide_cancelled
            return [row for row in rows if not (hidden and row.get("cancelledDate", "9") <= now)], model
        if template == RECAPS:
            return agreement_recaps(self._records), model
        if collection == "auditTrail":
            return self._records.audit_trail(query.audit_type, query.record_id), model
        return self._records.all(collection), model

    def _single(self, target: Target) -> Record:
        if target.template == ADDITION:
            return self._additions.get(target.numbers["parentId"], target.numbers["id"])
        model, collection = LISTS[str(target.template).removesuffix("/{id}")]
        if model == "AgreementRecap":
            agreement = self._records.get("agreements", target.numbers["id"], "Agreement")
            return agreement_recap(self._records, InvoiceEngine(self._records), agreement)
        return self._records.get(collection, target.numbers["id"], model)

    def _write(self, call: Call) -> Answer:
        target, numbers, user = call.target, call.target.numbers, self._records.api_member
        if target.method == "DELETE":
            self._additions.delete(numbers["parentId"], numbers["id"], user)
            return Answer(204)
        body = _json_body(call.body)
        if target.method == "POST":
            return Answer(201, self._additions.create(numbers["parentId"], body, user))
        if target.template == AGREEMENT:
            return Answer(200, self._additions.patch_agreement(numbers["id"], body, user))
        change = self._additions.replace if target.method == "PUT" else self._additions.patch
        return Answer(200, change(numbers["parentId"], numbers["id"], body, user))


def _json_body(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise ApiError(400, "InvalidObject", "The request body is not valid JSON.") from None
