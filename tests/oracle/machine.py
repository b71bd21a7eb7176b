"""Which events a machine caused, by the rules of docs/semantics.md, "Machine activity": every pair looked at.

User agents are judged by the few that tests use; the lists themselves are tested in tests/ingest/test_user_agents.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

#: One accepted event, as in tests/oracle/README.md.
Event = dict[str, Any]

BOTS = {"Googlebot/2.1", "curl/8.1"}
PROXIES = {"Mozilla/5.0", "YahooMailProxy"}


@dataclass
class MachineRules:
    """The switches and their parameters; None: off."""

    user_agents: bool = True
    privacy_proxies: bool = True
    fast_clicks: timedelta | None = timedelta(seconds=5)
    burst_links: int | None = 3
    burst_within: timedelta = timedelta(seconds=5)


def machine_rules(events: list[Event], config: MachineRules) -> list[list[str]]:
    """The rules that hold for each accepted event, sorted; `ids` are its cleaned identifiers."""
    return [sorted(_rules(event, events, config)) for event in events]


def _rules(event: Event, events: list[Event], config: MachineRules) -> set[str]:
    found = set()
    name, agent = event["event_name"], event.get("user_agent")
    if config.user_agents and agent in BOTS and (event["actor"] != "company" or name == "email_opened"):
        found.add("user_agent")
    if config.privacy_proxies and name == "email_opened" and agent in PROXIES:
        found.add("privacy_proxy")
    if name != "email_clicked" or event["date_only"]:
        return found
    same = [e for e in events if _mail(e) == _mail(event) and not e["date_only"]]
    at = event["occurred_at"]
    if config.fast_clicks is not None:
        sent = [e["occurred_at"] for e in same if e["event_name"] in ("email_sent", "email_delivered")]
        if any(timedelta(0) <= at - moment <= config.fast_clicks for moment in sent):
            found.add("link_scanner_fast")
    if config.burst_links is not None:
        clicks = [e for e in same if e["event_name"] == "email_clicked"]
        for first in clicks:
            begin, end = first["occurred_at"], first["occurred_at"] + config.burst_within
            links = {e["url"] for e in clicks if begin <= e["occurred_at"] <= end} - {None}
            if begin <= at <= end and len(links) >= config.burst_links:
                found.add("link_scanner_burst")
    return found


def _mail(event: Event) -> tuple[object, ...]:
    """ "A mail is told by source, recipient and campaign"; the recipient is the strongest identifier."""
    strongest = min(event["ids"], key=lambda i: i[0])
    return event["source"], strongest[1:], event["campaign"]
