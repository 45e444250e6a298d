"""What the token endpoint's errors mean, and what to do next (reference microsoft.md 1.8).

Microsoft warns that codes change: an unknown code is reported as it is, and never taken for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from profiles.microsoft_rights import PRECONSENT_ADVICE
from profiles.readings import Unknown, UnknownReason

RECONSENT = "Sign the partner account in again with MFA under Connections."

MEANINGS: dict[int, tuple[UnknownReason, str]] = {
    **dict.fromkeys(
        (50076, 50074, 50079, 50072, 50078), (UnknownReason.SIGN_IN_REFUSED, f"Microsoft asks for MFA. {RECONSENT}")
    ),
    50173: (UnknownReason.SIGN_IN_REFUSED, f"The partner account's grant was revoked. {RECONSENT}"),
    **dict.fromkeys(
        (70008, 700082), (UnknownReason.SIGN_IN_REFUSED, f"The partner account's refresh token expired. {RECONSENT}")
    ),
    70043: (
        UnknownReason.SIGN_IN_REFUSED,
        f"Conditional Access ended the partner account's session. Exclude it from sign-in frequency. {RECONSENT}",
    ),
    700084: (UnknownReason.SIGN_IN_REFUSED, "The app registration's redirect is of type SPA. Register it as Web."),
    **dict.fromkeys(
        (65001, 90099), (UnknownReason.ACCESS_DENIED, f"The app has no consent in this tenant. {PRECONSENT_ADVICE}")
    ),
    **dict.fromkeys(
        (650052, 650056, 650057, 500011),
        (UnknownReason.ACCESS_DENIED, "The app asks for a permission that this tenant does not have. Fix its scopes."),
    ),
    54005: (UnknownReason.SIGN_IN_REFUSED, f"The consent was redeemed before. {RECONSENT}"),
    700016: (UnknownReason.TENANT_GONE, f"Microsoft does not know the app in this tenant. {PRECONSENT_ADVICE}"),
    90002: (
        UnknownReason.TENANT_GONE,
        "Microsoft does not know this tenant any more. Check whether the customer still exists.",
    ),
    90038: (UnknownReason.TENANT_GONE, "The tenant lives in another national cloud. Change the cloud setting."),
    **dict.fromkeys(
        (50020, 50177),
        (
            UnknownReason.ACCESS_DENIED,
            "The partner account has no GDAP access to this tenant, or is a guest in it. Check its GDAP groups.",
        ),
    ),
    **dict.fromkeys(
        (53003, 530032, 53000, 53001, 530002, 530003),
        (
            UnknownReason.ACCESS_DENIED,
            "The customer's Conditional Access blocks the partner account. Ask to exclude the service provider.",
        ),
    ),
    **dict.fromkeys(
        (530034, 53011), (UnknownReason.SIGN_IN_REFUSED, "Microsoft blocked the partner account for risk. Look at it.")
    ),
    **dict.fromkeys(
        (50057, 50034), (UnknownReason.SIGN_IN_REFUSED, "The partner account is disabled or gone. Enable it.")
    ),
    **dict.fromkeys(
        (7000215, 7000222),
        (UnknownReason.SIGN_IN_REFUSED, "The app's client secret is wrong or expired. Store a new one."),
    ),
    **dict.fromkeys(
        (50011, 500112, 500113),
        (
            UnknownReason.SIGN_IN_REFUSED,
            "The app registration does not list the address that Seatledger comes back to. Register it as type Web.",
        ),
    ),
    65004: (UnknownReason.SIGN_IN_REFUSED, "The consent was declined. Begin it again, and accept it."),
    90094: (UnknownReason.SIGN_IN_REFUSED, "An administrator must consent. Sign in with an account that may."),
    7000218: (UnknownReason.SIGN_IN_REFUSED, "The app is registered as a public client. Register it as type Web."),
    50196: (UnknownReason.THROTTLED, "Microsoft saw the same token request too often. It passes by itself."),
    **dict.fromkeys(
        (90055, 50033, 90006, 90033, 90024), (UnknownReason.THROTTLED, "Microsoft's sign-in was busy. It passes.")
    ),
}


def explain_sign_in_error(body: Mapping[str, Any]) -> Unknown:
    """The reason and the next step for an error body of the token endpoint."""
    given = body.get("error_codes")
    codes = given if isinstance(given, list) else []
    for code in codes:
        if isinstance(code, int) and code in MEANINGS:
            reason, sentence = MEANINGS[code]
            return Unknown(reason, f"{sentence} (AADSTS{code})")
    named = " ".join(str(each) for each in (body.get("error"), given) if each)
    return Unknown(
        UnknownReason.SIGN_IN_REFUSED,
        f"Microsoft refused the sign-in: {named}."
        if named
        else "Microsoft refused the sign-in and did not say why. Try it later; if it stays, grant the consent again.",
    )
