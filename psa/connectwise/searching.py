"""What bills a product on a company's other agreements: read for a line that is new, never every night."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from plans.beside import OtherAgreement
from plans.catalogue import AgreementSummary
from plans.errors import Park, Retry
from psa.connectwise.client import ConnectWiseClient
from psa.connectwise.companies import list_agreements_of
from psa.connectwise.rows import read_addition, require


async def search_products(
    client: ConnectWiseClient, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
) -> tuple[OtherAgreement, ...]:
    """The companies' active agreements that are not known, with what bills these products.

    One list of agreements for each company; one list of additions for each of them, as long as ConnectWise itself
    counts, and whole, because a condition that is not understood would look like none there. Additions of other
    products may be whatever they are. An addition of ConnectWise's is never inside a bundle: it takes none as a
    product. Raises Retry where ConnectWise does not answer, or sends half a row, Misconfigured where it refuses us.
    """
    found = []
    for company_id in company_ids:
        for agreement in await list_agreements_of(client, company_id):
            if agreement.is_active and agreement.id not in known_ids:
                found.append(await read_products(client, agreement, product_ids))
    return tuple(found)


async def read_products(
    client: ConnectWiseClient, agreement: AgreementSummary, product_ids: Collection[str]
) -> OtherAgreement:
    """One agreement with what bills these products. Raises like `search_products`."""
    path = f"/finance/agreements/{int(agreement.id)}/additions"
    rows = await client.list_rows(path)
    if await client.count_rows(path) != len(rows):
        raise Retry(f"ConnectWise did not list every addition of agreement {agreement.id}.")
    try:
        wanted = [row for row in rows if str(require(require(row, "product"), "id")) in product_ids]
        return OtherAgreement(agreement.id, tuple(read_addition(row) for row in wanted), ends_on=agreement.ends_on)
    except Park as error:
        raise Retry(f"Agreement {agreement.id}: {error}") from error
