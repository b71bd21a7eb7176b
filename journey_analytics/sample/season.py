"""When people come: growth over the years, seasons of a bicycle shop, a sale, a campaign, days and hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random

from journey_analytics.sample.stories import CAMPAIGN, CHECKOUT

#: Bicycles are bought in spring.
_MONTHS = (0.7, 0.8, 1.1, 1.35, 1.4, 1.2, 1.0, 0.95, 1.0, 0.85, 0.8, 0.9)
_WEEKDAYS = (1.05, 1.0, 1.0, 1.0, 0.95, 1.1, 1.2)
_HOURS = (1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 3.5, 4, 4, 4.5, 4, 3.5, 3.5, 4, 4, 4.5, 6, 7, 6.5, 5, 2.5)
_GROWTH = 0.8  # from the first day to the last
_SALE, _CAMPAIGN = 14.0, 2.2  # times as many people


@lru_cache(maxsize=8)
def _days(begin: datetime, end: datetime) -> list[float]:
    total = max(1, (end - begin).days)
    return list(accumulate(_weight(begin + timedelta(days=day), day / total) for day in range(total)))


def _weight(day: datetime, part: float) -> float:
    weight = (1 + _GROWTH * part) * _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    if CHECKOUT.begin <= day < CHECKOUT.end:
        return weight * _SALE
    return weight * _CAMPAIGN if CAMPAIGN.begin <= day < CAMPAIGN.end else weight


def arrival(random: Random, begin: datetime, end: datetime) -> datetime:
    """A moment at which somebody new comes, at least a day before the end."""
    days = _days(begin, end - timedelta(days=1) if end - begin > timedelta(days=2) else end)
    day = random.choices(range(len(days)), cum_weights=days)[0]
    hour = random.choices(range(24), _HOURS)[0]
    return begin + timedelta(days=day, hours=hour, seconds=random.random() * 3600)
