"""What truly became of every customer: sessions, stage visits, journeys, outcomes. Told from deeds, never from logs.

The definitions are those of docs/semantics.md for the stage model `lifecycle` and the timeouts of the sample's
journey.yaml, in plain Python that knows nothing of the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from journey_analytics.sample.model import Row

STAGES = ("Awareness", "Consideration", "Decision", "Retention", "Loyalty")
GOAL = len(STAGES) - 1
PAUSE, SILENCE, LONGEST = timedelta(minutes=30), timedelta(days=90), timedelta(hours=24)
LOST = {"deal_lost", "lead_disqualified"}
_KEPT_FROM = 3
_EVIDENCE = {
    **dict.fromkeys(("product_viewed", "search_performed", "content_downloaded", "lead_created", "email_clicked"), 1),
    **dict.fromkeys(("cart_added", "checkout_started", "demo_requested", "deal_created", "deal_stage_changed"), 2),
    **dict.fromkeys(("order_completed", "deal_won"), 3),
}
_AFTER_PURCHASE = {"ticket_created", "ticket_replied", "ticket_solved", "survey_answered"}


@dataclass(slots=True)
class Act:
    """One deed of one customer, as the walk needs it."""

    at: datetime
    name: str
    actor: str
    score: float | None
    web: bool
    group: str


@dataclass(slots=True)
class Journey:
    """One journey: when each stage was first reached, the visits, and what became of it."""

    start: int
    started: datetime
    last: datetime
    under: int
    furthest: int
    reached: list[datetime | None]
    visits: list[tuple[int, datetime]] = field(default_factory=list)
    lost: bool = False

    def outcome(self, as_of: datetime) -> str:
        """completed, dropped or open."""
        if self.furthest == GOAL:
            return "completed"
        return "dropped" if self.lost or as_of - self.last > SILENCE else "open"


@dataclass(slots=True)
class Life:
    """One customer's sessions (start, events, channel group) and journeys."""

    sessions: list[tuple[datetime, int, str]]
    journeys: list[Journey]


def acts_by_customer(named: Iterable[tuple[str, Row]], until: datetime = datetime.max) -> dict[str, list[Act]]:
    """Deeds by customer and in the order of time, those of accepted rows only."""
    acts: dict[str, list[Act]] = {}
    for customer, row in named:
        if row.fate:
            continue
        mine = acts.setdefault(customer, [])
        web = row.stream == "web"
        for deed in row.deeds:
            at = deed.at or row.at
            if at < until:
                mine.append(Act(at, deed.name, "machine" if row.machine else deed.actor, deed.score, web, row.group))
    for mine in acts.values():
        mine.sort(key=lambda act: act.at)
    return acts


def live(acts: list[Act]) -> Life:
    """Walk through one customer's deeds."""
    return Life(_sessions([act for act in acts if act.web and act.actor == "customer"]), _journeys(acts))


def _sessions(acts: list[Act]) -> list[tuple[datetime, int, str]]:
    sessions: list[list[Act]] = []
    for act in acts:
        if sessions and act.at - sessions[-1][-1].at <= PAUSE and act.at - sessions[-1][0].at < LONGEST:
            sessions[-1].append(act)
        else:
            sessions.append([act])
    return [
        (run[0].at, len(run), next((act.group for act in run if act.group not in ("", "Direct")), "Direct"))
        for run in sessions
    ]


def _journeys(acts: list[Act]) -> list[Journey]:
    journeys: list[Journey] = []
    orders, bought = 0, False
    for act in acts:
        under_way = bool(journeys) and not journeys[-1].lost and act.at - journeys[-1].last <= SILENCE
        if act.name in LOST:
            if under_way:
                journeys[-1].lost, journeys[-1].last = True, act.at
            continue
        if act.actor == "machine":
            continue
        orders += act.name == "order_completed"
        stage = _evidenced(act, orders, bought)
        bought = bought or act.name in ("order_completed", "deal_won")
        if act.actor == "company" and stage is None:
            continue  # in the background
        if not under_way:
            journeys.append(_begin(journeys[-1] if journeys else None, stage, act.at))
        journey = journeys[-1]
        under = journey.under if stage is None else stage
        if not journey.visits or under != journey.under:
            journey.visits.append((under, act.at))
        journey.under, journey.last = under, act.at
        for rank in range(journey.furthest + 1, under + 1):
            journey.reached[rank] = act.at
        journey.furthest = max(journey.furthest, under)
    return journeys


def _begin(before: Journey | None, stage: int | None, at: datetime) -> Journey:
    start = before.under if before and before.under >= _KEPT_FROM else 0
    under = start if stage is None else stage
    reached: list[datetime | None] = [at if rank <= start else None for rank in range(len(STAGES))]
    return Journey(start, at, at, under, start, reached)


def _evidenced(act: Act, orders: int, bought: bool) -> int | None:
    if act.name == "order_completed" and orders >= 3:
        return GOAL
    if act.name == "review_posted":
        return GOAL if (act.score or 0) >= 4 else None
    if act.name == "survey_answered" and (act.score or 0) >= 9:
        return GOAL
    if act.name in _AFTER_PURCHASE:
        return 3 if bought else None
    return _EVIDENCE.get(act.name)
