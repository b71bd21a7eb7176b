"""CRM rows as a HubSpot export holds them: contacts, deals and the history of their properties."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from journey_analytics.sample.model import Deed, Person, Row, World

LINKS_ONLY, LOOKUP, OTHER_PROPERTY = "ignored: links only", "ignored: lookup", "ignored: other property"
#: The columns of each file, in its order.
COLUMNS: dict[str, tuple[str, ...]] = {
    "contact": (
        "id", "_fivetran_deleted", "_fivetran_synced", "property_email", "property_firstname", "property_lastname",
        "property_company", "property_createdate", "property_associatedcompanyid",
    ),
    "contact_property_history": (
        "contact_id", "timestamp", "_fivetran_synced", "source", "name", "value", "source_id",
    ),
    "deal": (
        "deal_id", "is_deleted", "deal_pipeline_id", "deal_pipeline_stage_id", "owner_id", "portal_id",
        "property_dealname", "property_amount", "property_closedate", "property_createdate",
    ),
    "deal_contact": ("contact_id", "deal_id", "_fivetran_synced", "type_id", "category"),
    "deal_company": ("company_id", "deal_id", "_fivetran_synced", "type_id", "category"),
    "deal_property_history": (
        "deal_id", "timestamp", "_fivetran_synced", "source", "name", "source_id", "value",
    ),
    "deal_pipeline_stage": (
        "stage_id", "pipeline_id", "label", "display_order", "probability", "is_closed", "closed_won", "active",
        "_fivetran_deleted", "_fivetran_synced", "created_at", "updated_at",
    ),
}  # fmt: skip
#: HubSpot's default sales pipeline: stage id, label, probability.
PIPELINE = (
    ("appointmentscheduled", "Appointment Scheduled", 0.2),
    ("qualifiedtobuy", "Qualified To Buy", 0.4),
    ("presentationscheduled", "Presentation Scheduled", 0.6),
    ("decisionmakerboughtin", "Decision Maker Bought-In", 0.8),
    ("contractsent", "Contract Sent", 0.9),
    ("closedwon", "Closed Won", 1.0),
    ("closedlost", "Closed Lost", 0.0),
)


def crm_time(at: datetime) -> str:
    """A time as the export writes it: UTC without saying so, to the millisecond."""
    return at.isoformat(sep=" ", timespec="milliseconds")


def company_id(name: str) -> str:
    """The number of a company, the same wherever it is named."""
    return str(70_000_000 + crc32(name.encode()) % 9_000_000)


def _row(
    world: World, file: str, at: datetime, body: dict[str, Any], person: Person, fate: str = "", deed: str = ""
) -> bool:
    body = {"_fivetran_synced": crm_time(at + timedelta(hours=6)), **body}
    identifiers = [("crm_contact", person.contact_id)]
    if file == "contact":
        identifiers.append(("email", person.email))
    deeds = (Deed(deed, "company"),) if deed else ()
    return world.add(Row(file, at, at, body, person.key, tuple(identifiers), fate=fate, deeds=deeds))


def contact(world: World, person: Person, at: datetime) -> bool:
    """A contact and the address that ties it to the other logs."""
    body = {
        "id": person.contact_id,
        "_fivetran_deleted": "false",
        "property_email": person.email,
        "property_firstname": person.given,
        "property_lastname": person.family,
        "property_company": person.company or "",
        "property_createdate": crm_time(at),
        "property_associatedcompanyid": company_id(person.company) if person.company else "",
    }
    return _row(world, "contact", at, body, person, LINKS_ONLY)


def contact_history(world: World, person: Person, name: str, value: str, at: datetime) -> bool:
    """A change of a contact's property."""
    body = {"contact_id": person.contact_id, "timestamp": crm_time(at), "source": "CRM_UI", "name": name}
    deed = {"lead": "lead_created", "UNQUALIFIED": "lead_disqualified"}.get(value, f"{name}_changed")
    body |= {"value": value, "source_id": "userId:88"}
    return _row(world, "contact_property_history", at, body, person, deed=deed)


def deal(world: World, person: Person, deal_id: str, at: datetime, stage: str, amount: int) -> bool:
    """A deal as it stands at the end, and its contact."""
    body = {
        "deal_id": deal_id,
        "is_deleted": "false",
        "deal_pipeline_id": "default",
        "deal_pipeline_stage_id": stage,
        "owner_id": "5120",
        "portal_id": "77001",
        "property_dealname": f"Company bikes for {person.company}",
        "property_amount": str(amount),
        "property_createdate": crm_time(at),
    }
    of_company = {"company_id": company_id(person.company or ""), "deal_id": deal_id, "type_id": "5"}
    return (
        _row(world, "deal", at, body, person, LOOKUP)
        and _row(world, "deal_company", at, {**of_company, "category": "HUBSPOT_DEFINED"}, person, LOOKUP)
        and deal_contact(world, person, deal_id, at)
    )


def deal_contact(world: World, person: Person, deal_id: str, at: datetime) -> bool:
    """Tie a deal to a contact; the first one is its primary."""
    body = {"contact_id": person.contact_id, "deal_id": deal_id, "type_id": "3", "category": "HUBSPOT_DEFINED"}
    return _row(world, "deal_contact", at, body, person, LOOKUP)


def deal_history(
    world: World, person: Person, deal_id: str, name: str, value: str, at: datetime, fate: str = ""
) -> bool:
    """A change of a deal's property."""
    body = {"deal_id": deal_id, "timestamp": crm_time(at), "source": "CRM_UI", "name": name}
    deed = {"closedwon": "deal_won", "closedlost": "deal_lost"}.get(value, "deal_stage_changed")
    deed = "" if fate else "deal_created" if name == "createdate" else deed
    body |= {"value": value, "source_id": "userId:88"}
    return _row(world, "deal_property_history", at, body, person, fate, deed)


def pipeline_rows(begin: datetime) -> list[dict[str, Any]]:
    """The lookup of deal stages."""
    created = crm_time(begin - timedelta(days=400))
    return [
        {
            "stage_id": stage,
            "pipeline_id": "default",
            "label": label,
            "display_order": str(order),
            "probability": str(probability),
            "is_closed": str(stage.startswith("closed")).lower(),
            "closed_won": str(stage == "closedwon").lower(),
            "active": "true",
            "_fivetran_deleted": "false",
            "_fivetran_synced": created,
            "created_at": created,
            "updated_at": created,
        }
        for order, (stage, label, probability) in enumerate(PIPELINE)
    ]
