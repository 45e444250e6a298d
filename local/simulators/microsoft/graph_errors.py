"""The refusals of Graph."""

from __future__ import annotations

from dataclasses import dataclass

from local.simulators.answers import Answer
from local.simulators.microsoft.exchange import Exchange

_CODES = {
    400: ("BadRequest", "The request is malformed or incorrect."),
    401: ("InvalidAuthenticationToken", "Access token validation failure."),
    403: ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    404: ("Request_ResourceNotFound", "Resource does not exist."),
    424: ("FailedDependency", "A request that this one depends on has failed."),
    429: ("TooManyRequests", "Too many requests."),
    500: ("Service_InternalServerError", "An internal server error has occurred."),
    501: ("NotImplemented", "The requested feature is not implemented."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The server did not receive a timely response."),
}


@dataclass(frozen=True)
class GraphError(Exception):
    """`retry_after_seconds` is sent exactly where it is given."""

    status: int
    code: str | None = None
    message: str | None = None
    retry_after_seconds: float | None = None

    def as_answer(self, exchange: Exchange) -> Answer:
        code, message = _CODES.get(self.status, ("UnknownError", "An error has occurred."))
        inner = {
            "date": exchange.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "request-id": exchange.request_id,
            "client-request-id": exchange.client_request_id,
        }
        error = {"code": self.code or code, "message": self.message or message, "innerError": inner}
        headers = exchange.headers()
        if self.retry_after_seconds is not None:
            headers["Retry-After"] = str(int(self.retry_after_seconds))
        if self.status == 429:
            headers["x-ms-throttle-scope"] = "Tenant_Application/ReadWrite"
            headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
        return Answer(self.status, {"error": error}, headers)


def unsupported_query(message: str) -> GraphError:
    return GraphError(400, "Request_UnsupportedQuery", message)


def bad_request(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)
