"""ConnectWise's catalog items as products. Facts: reference connectwise.md 3."""

from __future__ import annotations

from decimal import Decimal

from plans.catalogue import Product
from psa.connectwise.client import ConnectWiseClient
from psa.connectwise.lists import list_values
from psa.connectwise.rows import Row, require
from psa.values import parse_amount

CATALOG = "/procurement/catalog"
PRODUCT_FIELDS = (
    "id,identifier,description,productClass,price,cost,recurringFlag,inactiveFlag,vendorSku,manufacturerPartNumber"
)
PRICE_FIELDS = "id,price"
# ConnectWise takes no bundle as the product of an addition.
CLASSES_WITHOUT_ADDITIONS = frozenset({"Bundle"})


async def list_products(client: ConnectWiseClient) -> tuple[Product, ...]:
    """Every catalog item, inactive ones and bundles included. Raises like `list_values`."""
    return await list_values(client, CATALOG, read_product, PRODUCT_FIELDS)


async def read_prices(client: ConnectWiseClient) -> dict[str, Decimal]:
    """What every catalog item costs that has a price, by its id. Raises like `list_values`."""
    found = await list_values(client, CATALOG, read_price, PRICE_FIELDS)
    return {product_id: price for product_id, price in found if price is not None}


def read_price(row: Row) -> tuple[str, Decimal | None]:
    """One catalog item's id and price. Raises Park where it has no id."""
    return str(require(row, "id")), parse_amount(row.get("price"))


def read_product(row: Row) -> Product:
    """One catalog item. Raises Park where it has no id."""
    product_class = str(row.get("productClass") or "")
    return Product(
        id=str(require(row, "id")),
        identifier=str(row.get("identifier") or ""),
        description=str(row.get("description") or ""),
        product_class=product_class,
        price=parse_amount(row.get("price")),
        cost=parse_amount(row.get("cost")),
        is_recurring=bool(row.get("recurringFlag")),
        is_inactive=bool(row.get("inactiveFlag")),
        vendor_sku=str(row.get("vendorSku") or ""),
        part_number=str(row.get("manufacturerPartNumber") or ""),
        fits_additions=product_class not in CLASSES_WITHOUT_ADDITIONS,
    )
