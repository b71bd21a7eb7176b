"""What journey.yaml may say otherwise from one load to the next; the first of each list is what it says at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.loads.history import first_config

_OTHER_STAGES = [
    {"name": "Look", "rules": [{"events": ["page_viewed"]}]},
    {"name": "Want", "rules": [{"urls": ["/b", "/c"]}, {"events": ["email_clicked"], "back": False}]},
    {"name": "Have", "rules": [{"events": ["*_won"]}, {"events": ["order_completed"], "where": "value > 100"}]},
    {
        "name": "Love",
        "keeps": True,
        "rules": [{"events": ["page_viewed"], "after": "order_completed", "within": "30d"}],
    },
]
_FUNNEL = {"name": "mail", "steps": ["email_sent", "email_clicked"], "window": "1d", "exclude": ["error_shown"]}
_RULE = {"channel_group": "Ours", "campaigns": ["spring"]}

#: Key of journey.yaml -> its values.
MENU: dict[str, list[Any]] = {
    key: [first_config()[key], *others]
    for key, others in {
        "stages": [_OTHER_STAGES],
        "sessions": [
            {"timeout": "10m"},
            {"timeout": "30m", "by": "device"},
            {"timeout": "30m", "midnight": True, "campaign": True},
        ],
        "journeys": [{"timeout": "10d"}, {"timeout": "30d", "horizon": "60d"}, {"timeout": "30d", "lost": []}],
        "segments": [[], ["country", {"cohort": "week"}, {"name": "big", "where": "value > 30"}, "outcome"]],
        "exclude_customers": [["p3@*"], ["u1", "k6"]],
        "minimum": [30],
        "key_events": [[]],
        "funnels": [[], [_FUNNEL]],
        "timezone": ["UTC"],
    }.items()
} | {
    "identity.max_people": [5, 1],
    "identity.unlink": [[], [["email:p1@x.example", "user_id:u1"], ["crm_contact:k1", "user_id:u1"]]],
    "conversions": [["order_completed", "deal_won"], ["checkout_started"]],
    "machine": [True, False, {"user_agents": False}, {"fast_clicks": "90s", "link_bursts": {"links": 2}}],
    "channel_rules": [[], [_RULE]],
}


@dataclass(frozen=True)
class Form:
    """The sources in another form; `reads`: so that files are read again."""

    of: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
    reads: bool = False


SOURCES = [
    Form(lambda sources: sources),
    Form(lambda sources: sources[::-1]),
    Form(lambda sources: [source for source in sources if source["name"] != "mail"]),
    Form(lambda sources: [s | {"dedupe": "occurrence"} if s["name"] == "mail" else s for s in sources], reads=True),
    Form(lambda sources: [s | {"channel": "app"} if s["name"] == "web" else s for s in sources], reads=True),
]
