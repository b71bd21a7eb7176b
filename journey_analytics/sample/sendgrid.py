"""Mail events as SendGrid's event webhook posts them. No behaviour here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from journey_analytics.sample.model import Deed, Person, Row, World, token

APPLE_PROXY = "Mozilla/5.0"
GMAIL_PROXY = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
_DEEDS = {
    "processed": (Deed("email_sent", "company"),),
    "delivered": (Deed("email_delivered", "company"),),
    "open": (Deed("email_opened", "company"),),
    "bounce": (Deed("email_bounced", "company"),),
    "click": (Deed("email_clicked"),),
    "spamreport": (Deed("email_complained"),),
    "unsubscribe": (Deed("email_unsubscribed"),),
}
_MACHINES = {"open": (Deed("email_opened", "machine"),), "click": (Deed("email_clicked", "machine"),)}


def mail_event(
    world: World,
    person: Person,
    message: str,
    event: str,
    at: datetime,
    campaign: str,
    machine: str = "",
    **more: Any,
) -> bool:
    """Record one webhook event of one message.

    Args:
        world: Where it is recorded.
        person: The recipient.
        message: The message id that all events of a message share.
        event: SendGrid's name: processed, delivered, open, click, bounce, unsubscribe, spamreport.
        at: UTC; written as epoch seconds, as SendGrid does.
        campaign: The name of the mailing.
        machine: What kind of machine opened or clicked it; empty for people.
        **more: Fields that only some events have, such as `url`.

    Returns:
        Whether it happened before the end of the sample.
    """
    at = at.replace(microsecond=0)
    event_id = token(person.random)
    body = {
        "email": person.email,
        "timestamp": int(at.replace(tzinfo=UTC).timestamp()),
        "event": event,
        "sg_event_id": event_id,
        "sg_message_id": f"{message}.recvd-7c9",
        "marketing_campaign_name": campaign,
        **more,
    }
    arrives = at + timedelta(seconds=1)
    deeds = _MACHINES[event] if machine else _DEEDS[event]
    row = Row("email", at, arrives, body, person.key, (("email", person.email),), event_id)
    row.deeds, row.machine = deeds, machine
    return world.add(row)
