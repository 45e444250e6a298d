"""What Microsoft answered: a value that is known, or a reason why it is not. Unknown is never zero (R4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UnknownReason(StrEnum):
    """Why a reading is unknown; named by what a person would look at next."""

    SIGN_IN_REFUSED = "sign_in_refused"
    ACCESS_DENIED = "access_denied"
    TENANT_GONE = "tenant_gone"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    INCOMPLETE = "incomplete"
    WRONG_TENANT = "wrong_tenant"
    NAMES_CONCEALED = "names_concealed"
    NOT_READ_IN_TIME = "not_read_in_time"


@dataclass(frozen=True, slots=True)
class Known[T]:
    """A complete answer."""

    value: T


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer that a bill may rest on. `detail` is a plain sentence without secrets."""

    reason: UnknownReason
    detail: str


type Reading[T] = Known[T] | Unknown
