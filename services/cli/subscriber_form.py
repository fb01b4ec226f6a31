"""The short form in which a subscriber is written on the command line."""

from __future__ import annotations

from tidemark.charging.v1 import account_api_pb2 as api

from services.common.kernel.identifiers import is_code, is_personal_identifier


def parse_subscriber(text: str, time_zone: str = "") -> api.SubscriberProvision:
    """Reads `imsi-1,msisdn-2:plan,bundle=member+member`.

    The last colon parts identifiers from offerings (a `device-` identifier may hold colons itself).
    Raises ValueError with the part at fault.
    """
    identifiers, colon, offerings = text.rpartition(":")
    if not colon or not identifiers or not offerings:
        raise ValueError(f"{text!r} is not of the form IDENTIFIER[,IDENTIFIER]:OFFERING[,OFFERING]")
    for identifier in identifiers.split(","):
        if not is_personal_identifier(identifier):
            raise ValueError(
                f"{identifier!r} is no identifier: imsi- or msisdn- with 5 to 15 digits, "
                "iccid- with 18 to 22, or device-"
            )
    return api.SubscriberProvision(
        identifiers=identifiers.split(","),
        subscriptions=[parse_subscription(part) for part in offerings.split(",")],
        time_zone=time_zone,
    )


def parse_subscription(text: str) -> api.SubscriptionProvision:
    """Reads `plan` or `bundle=member+member`. Raises ValueError with the part at fault."""
    offering, chooses, members = text.partition("=")
    chosen = members.split("+") if chooses else []
    for code in (offering, *chosen):
        if not is_code(code):
            raise ValueError(f"{code!r} is no offering code: lower-case letters, digits and hyphens")
    return api.SubscriptionProvision(offering_code=offering, chosen_offerings=chosen)
