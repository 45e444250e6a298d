"""Microsoft's display names of licences by part number, from its published list of products (`notify/data`)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from notify.wording import clean

# What Microsoft gives away or lets users try by themselves: in many tenants, and sold by nobody (microsoft.md 2.6).
FREE = frozenset(
    {
        "CCIBOTS_PRIVPREV_VIRAL",
        "D365_SALES_PRO_IW",
        "DYN365_CUSTOMER_INSIGHTS_VIRAL",
        "Dynamics_365_Customer_Service_Enterprise_viral_trial",
        "Dynamics_365_Field_Service_Enterprise_viral_trial",
        "Dynamics_365_Guides_vTrial",
        "Dynamics_365_Sales_Premium_Viral_Trial",
        "FLOW_FREE",
        "FORMS_PRO",
        "MS_TEAMS_IW",
        "Microsoft_Cloud_for_Sustainability_vTrial",
        "Microsoft_Teams_Exploratory_Dept",
        "POWERAPPS_VIRAL",
        "POWER_BI_STANDARD",
        "POWER_BI_STANDARD_FACULTY",
        "POWER_BI_STANDARD_STUDENT",
        "PROJECT_MADEIRA_PREVIEW_IW_SKU",
        "Power_Pages_vTrial_for_Makers",
        "RIGHTSMANAGEMENT_ADHOC",
        "SMB_APPS",
        "STREAM",
        "TEAMS_COMMERCIAL_TRIAL",
        "TEAMS_EXPLORATORY",
        "TEAMS_FREE",
        "WINDOWS_STORE",
    }
)
FILE = Path(__file__).parent / "data" / "licence_names.csv"


@cache
def load_names() -> dict[str, str]:
    """Read once per process."""
    with FILE.open(encoding="utf-8", newline="") as opened:
        return {row["part_number"]: row["name"] for row in csv.DictReader(opened)}


def name_licence(part_number: str) -> str:
    """The display name; the part number itself where Microsoft lists none."""
    return load_names().get(part_number) or clean(part_number) or "A licence without a name"
