"""The planted stories: what is different in them, when, and where the published tables show it.

All of them end at least 150 days before the end of the sample, so that every outcome is known. With
`--nothing-planted` the same people come through the same campaign in the same weeks, and nothing else differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from journey_analytics.sample.model import World


@dataclass(frozen=True)
class Story:
    """One planted effect.

    Attributes:
        name: Its name in the truth.
        begin: UTC, when it starts.
        end: UTC, when it is over.
        what: What happens, in a sentence.
        where: The tables and columns that show it.
        effect: The numbers behind it.
    """

    name: str
    begin: datetime
    end: datetime
    what: str
    where: str
    effect: dict[str, Any]

    def holds(self, world: World, at: datetime) -> bool:
        """Whether it is planted and under way."""
        return world.planted and self.begin <= at < self.end


#: (a) The week of the sale, when the shop is fullest.
CHECKOUT = Story(
    name="checkout_broke",
    begin=datetime(2025, 11, 24),
    end=datetime(2025, 12, 1),
    what="A release in the week of the sale broke the payment page for Firefox: errors, and no order at all.",
    where="events (error_shown by week and browser), drop_off (segment browser, stage Decision)",
    effect={"browser": "Firefox", "order": 0.0, "gives_up": 0.9},
)
#: (b) An affiliate campaign that brought commuters, who stay.
CAMPAIGN = Story(
    name="campaign_that_stayed",
    begin=datetime(2025, 9, 1),
    end=datetime(2025, 10, 13),
    what="The campaign bike-to-work brought commuters: they order more often, come back and order again.",
    where="drop_off (segment campaign, value bike-to-work; segment channel_group, value Affiliates)",
    effect={"campaign": "bike-to-work", "persona": "commuter", "share_of_arrivals": 0.5},
)
#: (c) Deals that enter this stage meanwhile wait long, and many of them are lost there.
STALL = Story(
    name="deals_stall",
    begin=datetime(2025, 7, 15),
    end=datetime(2026, 3, 15),
    what="Deals wait in the stage Decision Maker Bought-In: seven to eleven weeks, not days, and more are lost.",
    where="stage_visits and drop_off of sales.yaml (stage Bought-In); events (deal_stage_changed by properties.value)",
    effect={"stage": "decisionmakerboughtin", "days": [50, 80], "lost": 0.55},
)
ALL = (CHECKOUT, CAMPAIGN, STALL)


def told(world: World) -> list[dict[str, Any]]:
    """The stories as the truth tells them; none without planting, or where they lie before the sample begins."""
    return [
        {
            "name": story.name,
            "begin": story.begin.isoformat(),
            "end": story.end.isoformat(),
            "what": story.what,
            "where": story.where,
            "effect": story.effect,
        }
        for story in ALL
        if world.planted and story.end > world.begin
    ]
