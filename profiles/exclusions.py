"""Do not bill: a licence everywhere, or a whole tenant (billing rules, 4); one mapping by `Mapping.is_excluded`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from profiles.billing import Mapping


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


def exclude_halves(mappings: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """The mappings with each one excluded that has ended and whose seats only excluded ones take over: what of it still
    bills until its end is not to rise either.
    """

    def is_excluded(mapping: Mapping) -> bool:
        heirs = [each for each in mappings if mapping.id in each.follows]
        return mapping.is_excluded or (mapping.is_ended and bool(heirs) and all(map(is_excluded, heirs)))

    return tuple(replace(each, is_excluded=is_excluded(each)) for each in mappings)
