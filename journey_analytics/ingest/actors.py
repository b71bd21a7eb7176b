"""Who acted, where no column says it: customer, company or machine."""

from __future__ import annotations

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.event_sql import EventSql
from journey_analytics.ingest.plan import Plan

#: What staff and systems do, by the shared vocabulary. A mail's opening can't be told from its picture being fetched.
COMPANY_EVENTS = (
    "email_sent",
    "email_delivered",
    "email_opened",
    "email_bounced",
    "call_logged",
    "deal_created",
    "deal_stage_changed",
    "deal_won",
    "deal_lost",
    "lead_disqualified",
    "ticket_solved",
)


def actor_sql(plan: Plan, event: EventSql) -> str:
    """Who acted: what journey.yaml says, else the connector's rule, else its default, else the event's name."""
    if plan.overrules:
        said = quote_text(str(plan.actor))
        return f"coalesce({event.actor}, {said})" if plan.wide else said
    if plan.actor is not None:
        return f"coalesce({event.actor}, {quote_text(plan.actor)})"
    names = ", ".join(quote_text(name) for name in COMPANY_EVENTS)
    return f"coalesce({event.actor}, CASE WHEN {event.name} IN ({names}) THEN 'company' ELSE 'customer' END)"
