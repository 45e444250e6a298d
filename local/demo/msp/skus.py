"""The licences of the demo: the rows of Microsoft's published table that it uses, and what the MSP asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """SUITE: a user has one. ADD_ON: on top of a suite. FREE: nobody pays. COMPANY: nobody is assigned."""

    SUITE = "suite"
    ADD_ON = "add_on"
    FREE = "free"
    COMPANY = "company"


@dataclass(frozen=True)
class Sku:
    """`key` is our own short name; `product_id` and `identifier` name the ConnectWise product it is sold as."""

    key: str
    id: str
    part_number: str
    name: str
    kind: Kind
    product_id: int = 0
    identifier: str = ""
    price: float = 0.0
    cost: float = 0.0


def _sold(key: str, sku_id: str, part: str, name: str, product: tuple[int, str, float, float], kind: Kind) -> Sku:
    return Sku(key, sku_id, part, name, kind, *product)


# The columns key, id, part number and name are those of Microsoft's table.
# fmt: off
SKUS = (
    _sold("BP", "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB", "Microsoft 365 Business Premium",
          (601, "M365-BP", 24.0, 19.8), Kind.SUITE),
    _sold("BS", "f245ecc8-75af-4f8e-b61f-27d8114de5f3", "O365_BUSINESS_PREMIUM", "Microsoft 365 Business Standard",
          (602, "M365-BS", 15.0, 11.25), Kind.SUITE),
    _sold("BB", "3b555118-da6a-4418-894f-7df1e2096870", "O365_BUSINESS_ESSENTIALS", "Microsoft 365 Business Basic",
          (603, "M365-BB", 7.2, 5.4), Kind.SUITE),
    _sold("E3", "05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3", "Microsoft 365 E3",
          (604, "M365-E3", 43.2, 34.56), Kind.SUITE),
    _sold("E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", "Microsoft 365 E5",
          (605, "M365-E5", 68.4, 54.75), Kind.SUITE),
    _sold("F3", "66b55226-6b4f-492c-910c-a3b7a3c9d993", "SPE_F1", "Microsoft 365 F3",
          (606, "M365-F3", 9.6, 7.68), Kind.SUITE),
    _sold("P1", "4b9405b0-7788-4568-add1-99614e613b69", "EXCHANGESTANDARD", "Exchange Online (Plan 1)",
          (607, "EXO-P1", 4.8, 3.6), Kind.SUITE),
    _sold("P2", "19ec0d23-8335-4cbd-94ac-6050e30712fa", "EXCHANGEENTERPRISE", "Exchange Online (Plan 2)",
          (608, "EXO-P2", 9.6, 7.2), Kind.SUITE),
    _sold("VISIO", "c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT", "Visio Plan 2",
          (609, "VISIO-P2", 18.0, 14.25), Kind.ADD_ON),
    _sold("PROJECT", "53818b1b-4a27-454b-8896-0dba576410e6", "PROJECTPROFESSIONAL", "Planner and Project Plan 3",
          (610, "PROJ-P3", 36.0, 28.5), Kind.ADD_ON),
    _sold("PBI", "f8a1db68-be16-40ed-86d5-cb42ce701560", "POWER_BI_PRO", "Power BI Pro",
          (611, "PBI-PRO", 16.8, 13.3), Kind.ADD_ON),
    _sold("COPILOT", "639dec6b-bb19-468b-871c-c5c441c4b0cb", "Microsoft_365_Copilot",
          "Microsoft Copilot for Microsoft 365", (612, "M365-COPILOT", 36.0, 28.5), Kind.ADD_ON),
    _sold("PHONE", "e43b5b99-8dfb-405f-9987-dc307f34bcbd", "MCOEV", "Microsoft Teams Phone Standard",
          (613, "TEAMS-PHONE", 12.0, 9.5), Kind.ADD_ON),
    _sold("ENTRA", "078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "AAD_PREMIUM", "Microsoft Entra ID P1",
          (614, "ENTRA-P1", 7.2, 5.7), Kind.ADD_ON),
    _sold("STORAGE", "99049c9c-6011-4908-bf17-15f496e6519d", "SHAREPOINTSTORAGE", "Office 365 Extra File Storage",
          (615, "SPO-STORAGE", 0.24, 0.19), Kind.COMPANY),
    Sku("FLOW", "f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE", "Microsoft Power Automate Free", Kind.FREE),
    Sku("FABRIC", "a403ebcc-fae0-4ca2-8c8c-7a907fd6c235", "POWER_BI_STANDARD", "Microsoft Fabric (Free)", Kind.FREE),
    Sku("STREAM", "1f2f344a-700d-42c9-9427-5cea1d5d7ba6", "STREAM", "Microsoft Stream", Kind.FREE),
    Sku("EXPLORE", "710779e8-3d4a-4c88-adb9-386c958d1fdf", "TEAMS_EXPLORATORY", "Microsoft Teams Exploratory",
        Kind.FREE),
)
# fmt: on

BY_KEY = {sku.key: sku for sku in SKUS}
SOLD = tuple(sku for sku in SKUS if sku.kind is not Kind.FREE)
