"""Do not bill: a licence everywhere, or a whole tenant (billing rules, 4); one mapping by `Mapping.is_excluded`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LicenceExclusion:
    """This licence is billed nowhere."""

    sku_id: str
    reason: str = ""
    kind: Literal["licence"] = "licence"


@dataclass(frozen=True, slots=True)
class TenantExclusion:
    """Nothing of this tenant is billed."""

    tenant_id: str
    reason: str = ""
    kind: Literal["tenant"] = "tenant"


type Exclusion = LicenceExclusion | TenantExclusion


def find_exclusion(exclusions: Iterable[Exclusion], tenant_id: str, sku_id: str) -> Exclusion | None:
    """The first exclusion that covers a licence of a tenant; Microsoft spells ids in both cases (microsoft.md 2.2)."""
    for exclusion in exclusions:
        match exclusion:
            case LicenceExclusion(sku_id=excluded) if excluded.lower() == sku_id.lower():
                return exclusion
            case TenantExclusion(tenant_id=excluded) if excluded.lower() == tenant_id.lower():
                return exclusion
            case _:
                continue
    return None
