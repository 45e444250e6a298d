"""The faults of the Microsoft simulator that strike a whole answer or one part of a batch."""

from __future__ import annotations

from starlette.responses import Response

from local.simulators.answers import Answer, CutResponse, HangingResponse, proxy_429
from local.simulators.faults import Fault, FaultBoard
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError
from local.simulators.microsoft.id_tokens import ID_TOKEN_FAULTS
from local.simulators.microsoft.send_mail import SEND_MAIL_FAULTS

FAULT_NAMES = (
    "token_error",
    "status",
    "batch_part_status",
    "reset",
    "hang",
    "slow",
    "truncate_body",
    "count_mismatch",
    "empty_page_with_next_link",
    "missing_value",
    "empty_200",
    "wrong_tenant",
    "missing_part",
    "concealed_names",
    "html_429",
    "refresh_tokens_revoked",
    "near_limit",
    "small_pages",
    "partner_rate_limit",
    "partner_without_mfa",
    "partner_indirect_reseller",
    "partner_error",
    "consent_refused",
    "state_altered",
    "code_missing",
    "admin_consent_wrong_tenant",
    "no_mfa_claim",
    "no_refresh_token",
    *ID_TOKEN_FAULTS,
    *SEND_MAIL_FAULTS,
)
SLOW_SECONDS = 3.0


def instead_of_answer(faults: FaultBoard, operation: str, tenant: str, exchange: Exchange | None) -> Response | None:
    """A response that is given instead of doing anything."""
    if faults.take("reset", operation, tenant):
        return CutResponse()
    if fault := faults.take("hang", operation, tenant):
        return HangingResponse(Response(status_code=504), fault.seconds)
    if fault := faults.take("html_429", operation, tenant):
        return proxy_429(fault.seconds).as_response()
    if fault := faults.take("status", operation, tenant):
        return _failed(fault, exchange).as_response()
    return None


def _failed(fault: Fault, exchange: Exchange | None) -> Answer:
    """`detail` is a status, or status:code."""
    status, _, code = (fault.detail or "503").partition(":")
    if exchange is None:
        headers = {} if fault.seconds is None else {"retry-after": str(int(fault.seconds))}
        return Answer(int(status), text=f"<html><body>{status}</body></html>", headers=headers, media_type="text/html")
    return GraphError(int(status), code or None, None, fault.seconds).as_answer(exchange)


def after_answer(faults: FaultBoard, operation: str, tenant: str, answer: Answer) -> Response:
    """The answer; by then everything has happened, even if it comes late or in half."""
    if fault := faults.take("slow", operation, tenant):
        return HangingResponse(answer.as_response(), fault.seconds or SLOW_SECONDS)
    if faults.take("truncate_body", operation, tenant):
        return answer.cut_in_half()
    return answer.as_response()


def part_refusal(faults: FaultBoard, exchange: Exchange) -> Answer | None:
    """`detail` is resource:status or resource:status:code, for example subscriptions:403."""

    def names_this_resource(fault: Fault) -> bool:
        return (fault.detail or "").partition(":")[0].lower() in exchange.path.lower()

    fault = faults.take("batch_part_status", exchange.operation, exchange.tenant_id, names_this_resource)
    if fault is None:
        return None
    _, status, code = [*(fault.detail or "").split(":"), "", ""][:3]
    refused = GraphError(int(status or "403"), code or None, None, fault.seconds)
    return refused.as_answer(exchange)


def missing_part_id(faults: FaultBoard, operation: str, tenant: str, parts: list[dict[str, str]]) -> str | None:
    """The id of the part that the batch forgets: the last whose address contains `detail`."""

    def occurs(fault: Fault) -> bool:
        return any((fault.detail or "") in part["url"] for part in parts)

    fault = faults.take("missing_part", operation, tenant, occurs)
    if fault is None:
        return None
    return next(part["id"] for part in reversed(parts) if (fault.detail or "") in part["url"])
