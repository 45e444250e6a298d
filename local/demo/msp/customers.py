"""The thirty-three tenants of the demo MSP, and what is peculiar about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from local.demo.msp.ids import OTHER_PARTNER_TENANT, PARTNER_TENANT, make_id
from local.demo.msp.skus import BY_KEY, Sku

FREE_SEATS = 1_000_000


@dataclass(frozen=True)
class Holding:
    """One purchase. `assigned` None: every seat. `status` is the directory's, `partner_status` Partner Center's."""

    key: str
    seats: int
    assigned: int | None = None
    term: str = "P1Y"
    status: str = "Enabled"
    partner_status: str | None = None
    trial: bool = False
    owner: str | None = PARTNER_TENANT
    legacy: bool = False
    listed: bool = True

    @property
    def sku(self) -> Sku:
        return BY_KEY[self.key]

    @property
    def assigned_seats(self) -> int:
        return self.seats if self.assigned is None else self.assigned


@dataclass(frozen=True)
class Tenant:
    """One tenant; `added` False: Partner Center shows it, the product does not know it yet. A `direct` one has no
    relationship with the partner: only its own administrator can let somebody read it.

    `sign_in_error` is what its token endpoint answers; such a tenant has no GDAP relationship that works. `throttled`:
    a part of its batch answers 429 once a night, or always. `shared` users stand for licensed shared mailboxes.
    `invoice_day` is the day of the month on which its licences are invoiced. Of what was typed in by hand years ago, by
    licence, somebody made those that are `adopted` Seatledger's own. An `observed` customer is only looked at so far.
    The five of `psa` autotask came with another MSP, which was taken over and still bills them in its own Autotask.
    """

    number: int
    key: str
    name: str
    holdings: tuple[Holding, ...]
    added: bool = True
    direct: bool = False
    sign_in_error: int | None = None
    throttled: str | None = None
    shared: int = 0
    disabled: int = 0
    guests: int = 0
    azure_plan: bool = False
    prorates: bool = True
    in_arrears: bool = False
    invoice_day: int = 1
    cycle: str = "Monthly"
    parent: str | None = None
    billed_by_hand: tuple[tuple[str, float], ...] = ()
    adopted: frozenset[str] = frozenset()
    observed: bool = False
    psa: Literal["connectwise", "autotask"] = "connectwise"

    @property
    def id(self) -> str:
        return make_id("tenant", self.key)

    @property
    def domain(self) -> str:
        return f"{self.key.replace('-', '')}.example"


def _free(key: str = "FLOW", assigned: int = 3) -> Holding:
    return Holding(key, FREE_SEATS, assigned, owner=None)


H = Holding
TENANTS = (
    Tenant(1, "harbour-dental", "Harbour Dental Group", (H("BP", 12, 11), _free())),
    Tenant(
        2,
        "mueller-soehne",
        "Müller & Söhne Präzisionstechnik GmbH",
        (H("BP", 18), H("P1", 4), H("PBI", 2)),
        in_arrears=True,
        invoice_day=15,
    ),
    Tenant(3, "obrien-plumbing", 'O\'Brien "Quick" Plumbing', (H("BS", 9), H("P1", 2)), disabled=1),
    Tenant(4, "bits-bytes", "Bits < Bytes > Beyond <b>Labs</b>", (H("BP", 14), H("PROJECT", 3)), in_arrears=True),
    Tenant(5, "sunny-yoga", "Sunny 🌞 Yoga & Wellness 🧘", (H("BB", 6), _free("FABRIC", 1))),
    Tenant(
        6,
        "shalom-trading",
        "\u200fשלום Trading\u200f (Tel Aviv \u202bבע״מ\u202c)",
        (H("BS", 13), H("PHONE", 4)),
        observed=True,
    ),
    Tenant(
        7, "northwind-logistics", "Northwind Logistics", (H("E3", 880, 868), H("F3", 190, 184), _free()), disabled=6
    ),
    Tenant(
        8,
        "cedar-ridge-law",
        "Cedar Ridge Law LLP",
        (H("BP", 20), H("BP", 6, 4, term="P1M"), H("P2", 3)),
        billed_by_hand=(("BP", 24.0),),
    ),
    Tenant(
        9,
        "blue-heron",
        "Blue Heron Architects",
        (H("E3", 24, 23, term="P1M"), H("E5", 4, term="P1M"), H("VISIO", 5, term="P1M")),
    ),
    Tenant(
        10,
        "lakeside-vet",
        "Lakeside Veterinary",
        (H("BS", 11), H("COPILOT", 25, 5, term="P1M", trial=True), _free("EXPLORE", 2)),
    ),
    Tenant(
        11,
        "granite-credit-union",
        "Granite State Credit Union",
        (H("E5", 34, 33), H("COPILOT", 10, 8), H("STORAGE", 200), _free("STREAM", 9), _free("FABRIC", 12)),
        billed_by_hand=(("E5", 30.0),),
        adopted=frozenset({"E5"}),
    ),
    Tenant(
        12,
        "old-mill-brewery",
        "Old Mill Brewery",
        (H("BS", 8, status="Warning", partner_status="expired"), H("BB", 6)),
    ),
    Tenant(13, "maple-street-school", "Maple Street School", (H("BB", 40, 46), H("E3", 8)), guests=2),
    Tenant(
        14,
        "pinewood-property",
        "Pinewood Property Management",
        (H("BP", 16), H("P2", 7)),
        shared=3,
        billed_by_hand=(("P2", 6.5),),
    ),
    Tenant(15, "riverbend-clinic", "Riverbend Clinic", (H("BP", 22), H("ENTRA", 5)), sign_in_error=50020),
    Tenant(16, "summit-tax", "Summit Tax Advisors", (H("BS", 15),), sign_in_error=65001),
    Tenant(17, "ironworks", "Ironworks Fabrication", (H("BP", 28), H("F3", 16)), throttled="nightly"),
    Tenant(18, "fairview-hotels", "Fairview Hotels", (H("F3", 42), H("BP", 9)), throttled="always"),
    Tenant(
        19,
        "orchard-foods",
        "Orchard Foods",
        (H("BP", 10), H("BS", 25, owner=OTHER_PARTNER_TENANT), H("PBI", 4, owner=OTHER_PARTNER_TENANT)),
        cycle="Yearly",
    ),
    Tenant(
        20,
        "beacon-nonprofit",
        "Beacon Nonprofit Alliance",
        (H("BP", 10, owner=None), H("BB", 12)),
        billed_by_hand=(("BB", 12.0),),
        adopted=frozenset({"BB"}),
    ),
    Tenant(
        21,
        "coastal-marine",
        "Coastal Marine Survey",
        (
            H("BP", 17),
            H("BS", 5, 0, status="Suspended", partner_status="suspended"),
            H("BB", 3, 0, status="Deleted", partner_status="deleted", listed=False),
            H("P1", 2, legacy=True),
        ),
        billed_by_hand=(("BP", 21.0),),
        adopted=frozenset({"BP"}),
    ),
    Tenant(22, "delta-print", "Delta Print House", (H("BS", 21), H("P1", 6)), prorates=False, in_arrears=True),
    Tenant(23, "evergreen", "Evergreen Landscaping", (H("BB", 8, term="P1M"), H("BS", 5)), prorates=False),
    Tenant(24, "kestrel-aviation", "Kestrel Aviation", (H("E3", 38), H("E5", 2), H("PHONE", 12)), azure_plan=True),
    Tenant(25, "kestrel-training", "Kestrel Aviation – Flight Training", (H("BP", 11),), parent="kestrel-aviation"),
    Tenant(26, "zephyr-consulting", "Zephyr Consulting", (H("BP", 7),), added=False, sign_in_error=90099),
    Tenant(27, "meridian-research", "Meridian Research", (H("E5", 13),), added=False, azure_plan=True),
    Tenant(
        28,
        "quarry-lane-books",
        "Quarry Lane Books",
        (H("BP", 9, 8, owner=None), _free()),
        added=False,
        direct=True,
    ),
    Tenant(29, "alder-grove", "Alder Grove Dental", (H("BP", 13, 12), H("P1", 3)), psa="autotask"),
    Tenant(30, "brightwater-law", "Brightwater Law", (H("BS", 9), _free()), psa="autotask", invoice_day=15),
    Tenant(
        31, "copper-hill", "Copper Hill Engineering", (H("E3", 22, 21), H("VISIO", 4)), psa="autotask", prorates=False
    ),
    Tenant(32, "dovetail-homes", "Dovetail Homes", (H("BS", 12), H("PBI", 2)), psa="autotask", in_arrears=True),
    Tenant(
        33,
        "elmwood-fitness",
        "Elmwood Fitness",
        (H("BP", 11), H("PHONE", 5)),
        psa="autotask",
        billed_by_hand=(("BP", 10.0),),
    ),
)
BY_TENANT_KEY = {tenant.key: tenant for tenant in TENANTS}
REACHED = tuple(tenant for tenant in TENANTS if not tenant.direct)
ADDED = tuple(tenant for tenant in TENANTS if tenant.added)
IN_CONNECTWISE = tuple(tenant for tenant in TENANTS if tenant.psa == "connectwise")
IN_AUTOTASK = tuple(tenant for tenant in TENANTS if tenant.psa == "autotask")
