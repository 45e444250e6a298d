"""The operations that are played, by method and path template."""

from __future__ import annotations

import re
from dataclasses import dataclass

COMPANY_INFO = "GET /login/companyinfo/{companyId}"
WRITES = ("POST", "PUT", "PATCH", "DELETE")

ADDITIONS = "/finance/agreements/{parentId}/additions"
ADDITION = ADDITIONS + "/{id}"
AGREEMENT = "/finance/agreements/{id}"
RECAPS = "/finance/agreementrecap"

# Which model a list gives, and in which collection its records are kept.
LISTS = {
    "/company/companies": ("Company", "companies"),
    "/company/contacts": ("Contact", "contacts"),
    "/finance/agreements": ("Agreement", "agreements"),
    "/finance/agreements/types": ("AgreementType", "agreementTypes"),
    ADDITIONS: ("Addition", "additions"),
    RECAPS: ("AgreementRecap", "agreements"),
    "/procurement/catalog": ("CatalogItem", "catalog"),
    "/finance/invoices": ("Invoice", "invoices"),
    "/finance/billingCycles": ("BillingCycle", "billingCycles"),
    "/system/audittrail": ("AuditTrailEntry", "auditTrail"),
}

# Templates with fixed words come before those with {id} in their place.
_METHODS: dict[str, tuple[str, ...]] = {
    "/system/info": ("GET",),
    **{path + "/count": ("GET",) for path in LISTS if path != RECAPS},
    **{path: ("GET", "POST") if path == ADDITIONS else ("GET",) for path in LISTS},
    "/company/companies/{id}": ("GET",),
    "/finance/agreements/types/{id}": ("GET",),
    AGREEMENT: ("GET", "PATCH"),
    ADDITION: ("GET", "PUT", "PATCH", "DELETE"),
    RECAPS + "/{id}": ("GET",),
    "/procurement/catalog/{id}": ("GET",),
    "/finance/invoices/{id}": ("GET",),
    "/finance/billingCycles/{id}": ("GET",),
}

OPERATIONS = tuple(f"{method} {path}" for path, methods in _METHODS.items() for method in methods)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+)", template), re.IGNORECASE)


_PATTERNS = [(_pattern(template), template) for template in _METHODS]


@dataclass(frozen=True)
class Target:
    """`template` is None for a path that is not played; `allowed` False for a method it does not have."""

    method: str
    template: str | None
    numbers: dict[str, int]
    allowed: bool

    @property
    def operation(self) -> str:
        return f"{self.method} {self.template or '(unknown)'}"


def find_target(method: str, path: str) -> Target:
    """`path` starts behind apis/3.0; a trailing slash makes no difference."""
    for pattern, template in _PATTERNS:
        if found := pattern.fullmatch(path.rstrip("/")):
            numbers = {name: int(text) for name, text in found.groupdict().items()}
            return Target(method, template, numbers, method in _METHODS[template])
    return Target(method, None, {}, allowed=False)
