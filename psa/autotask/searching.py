"""What bills a service on a company's other contracts: read for a line that is new, never every night."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from plans.agreements import Agreement, UnreadableAgreement
from plans.beside import OtherAgreement, pick_products
from plans.errors import Retry
from psa.autotask.catalogue import list_agreements_of
from psa.autotask.client import AutotaskClient
from psa.autotask.reading import ContractReader


async def search_products(
    client: AutotaskClient,
    contracts: ContractReader,
    today: date,
    company_ids: Sequence[str],
    product_ids: Collection[str],
    known_ids: Collection[str],
) -> tuple[OtherAgreement, ...]:
    """The companies' active contracts that are not known, with what bills these services, inside bundles as well.

    All contracts together are read like a night reads them, in pages. Raises Retry where Autotask does not answer, its
    requests of the hour are used up, or a contract that may bill such a service cannot be read; Misconfigured where it
    refuses us.
    """
    active = [each for company_id in company_ids for each in await list_agreements_of(client, company_id, today)]
    ids = [each.id for each in active if each.is_active and each.id not in known_ids]
    found: list[OtherAgreement] = []
    for each in await contracts.read(ids):
        match each:
            case Agreement():
                found.append(pick_products(each, product_ids))
            case UnreadableAgreement():
                if await may_bill(client, each.id, product_ids):
                    raise Retry(each.sentence)
    return tuple(found)


async def may_bill(client: AutotaskClient, contract_id: str, product_ids: Collection[str]) -> bool:
    """Whether a contract that cannot be read has such a service, or a bundle, which may have one inside."""
    number = int(contract_id)
    services = await client.query_by("ContractServices", "contractID", [number], (), ("contractID", "serviceID"))
    if any(str(row.get("serviceID")) in product_ids for row in services):
        return True
    return bool(await client.query_by("ContractServiceBundles", "contractID", [number], (), ("contractID",)))
