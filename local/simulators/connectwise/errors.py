"""The refusals of the API, in the shape that it documents nowhere and always uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.simulators.answers import Answer


@dataclass
class ApiError(Exception):
    status: int
    code: str
    message: str
    errors: Sequence[dict[str, str]] = ()

    def as_answer(self) -> Answer:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.errors:
            body["errors"] = list(self.errors)
        return Answer(self.status, body)


def bad_condition(message: str) -> ApiError:
    return ApiError(400, "ApiFindCondition", message)


def not_found(kind: str, record_id: object) -> ApiError:
    return ApiError(404, "NotFound", f"{kind} {record_id} not found")


def unauthorized(reason: str) -> ApiError:
    return ApiError(401, "Unauthorized", f"Unauthorized: {reason}")


def missing_right(function: str) -> ApiError:
    message = f"You do not have security permission to perform this action. Security role: {function}."
    return ApiError(403, "Forbidden", message)


def unknown_member(member: str, model: str) -> ApiError:
    message = (
        f"Could not find member '{member}' on object of type '{model}'. Path '{member}', line 1, "
        "position 1. Check your accept header to make sure you are using the correct version."
    )
    return ApiError(400, "ConnectWiseApi", message)


def invalid_object(resource: str, code: str, field: str, message: str) -> ApiError:
    detail = {"code": code, "message": message, "resource": resource, "field": field}
    return ApiError(400, "InvalidObject", f"{resource} object is invalid", [detail])


def missing_field(resource: str, field: str) -> ApiError:
    return invalid_object(resource, "MissingRequiredField", field, f"{field} is required")
