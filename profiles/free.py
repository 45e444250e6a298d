"""What Microsoft gives away or lets users try by themselves, which nobody sells (microsoft.md 2.6). Pure."""

from __future__ import annotations

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


def is_free(part_number: str) -> bool:
    """Whether nobody pays for a licence, by Microsoft's part number."""
    return part_number in FREE
