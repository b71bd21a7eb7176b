"""The table `attribution`: paths followed again in plain Python from the published events, credited by `attribute`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from journey_analytics import attribute
from journey_analytics.engine.duck import connect
from journey_analytics.measures.attribute import MODELS
from journey_analytics.measures.attribution_bootstrap import additive_shares, chain_effects, draws, markov_shares
from journey_analytics.measures.markov import removal_effects
from tests.harness import run_pipeline

CONVERSIONS = {"order_completed", "deal_won"}
TIMEOUT, LOOK_BACK = timedelta(minutes=30), timedelta(days=30)

_EVENTS = """
    select e.customer_id, e.event_name, e.actor, e.session_id, e.journey_id, e.channel_group, e.value,
        e.occurred_at + case when list_contains(e.flags, 'date_only') then interval '86399999999 microseconds'
            else interval 0 second end as at,
        s.channel_group as of_session,
        row_number() over (partition by e.session_id order by e.position) = 1 as opens,
        row_number() over (partition by e.session_id order by e.position desc) = 1 as closes
    from events as e left join sessions as s using (session_id)
    where e.position is not null order by e.customer_id, e.position
"""


@dataclass
class Path_:
    """One path: its touchpoints (channel group, moment), the moment and value of its conversion."""

    touches: list[tuple[str, datetime]]
    at: datetime | None = None
    value: float | None = None

    def row(self) -> dict[str, object]:
        kept = [(c, t) for c, t in self.touches if self.at is None or self.at - t <= LOOK_BACK]
        return {
            "path": [channel for channel, _ in kept],
            "conversions": int(self.at is not None),
            "non_conversions": int(self.at is None),
            "value": self.value or 0.0,
            "days_before": [(self.at - t) / timedelta(days=1) if self.at else 0.0 for _, t in kept],
        }


def paths(warehouse: Path) -> list[Path_]:
    """Every path of a published warehouse."""
    con = connect(warehouse, read_only=True)
    rows = con.sql(_EVENTS).fetchall()
    dropped = {row[0] for row in con.sql("select journey_id from journeys where outcome = 'dropped'").fetchall()}
    con.close()
    found: list[Path_] = []
    open_: dict[object, list[tuple[str, datetime]]] = defaultdict(list)  # since the customer's last conversion
    tails: dict[object, list[tuple[str, datetime]]] = defaultdict(list)  # since the journey's
    latest: dict[object, tuple[str, datetime]] = {}

    def meet(customer: object, journey: object, group: str, at: datetime) -> None:
        before = latest.get(customer)
        latest[customer] = (group, at)
        if before is None or before[0] != group or at - before[1] > TIMEOUT:
            open_[customer].append((group, at))
            if journey in dropped:
                tails[journey].append((group, at))

    for customer, name, actor, session, journey, group, value, at, of_session, opens, closes in rows:
        converts = name in CONVERSIONS
        if session is not None and opens:
            if of_session is not None:
                meet(customer, journey, of_session, at)
        elif session is not None:
            if group is not None and group != of_session:
                meet(customer, journey, group, at)
        elif actor != "machine" and group is not None and not (converts and group == "Direct"):
            meet(customer, journey, group, at)
        if converts:
            found.append(Path_(open_.pop(customer, []), at, value))
            tails.pop(journey, None)
            latest.pop(customer, None)
            if session is not None and not closes and of_session is not None:
                meet(customer, journey, of_session, at)
    return found + [Path_(touches) for touches in tails.values()]


def held(warehouse: Path) -> None:
    """The table against `attribute` on the paths."""
    table = pl.DataFrame([path.row() for path in paths(warehouse)], infer_schema_length=None)
    con = connect(warehouse, read_only=True)
    for model in MODELS:
        expected = {row["channel"]: row for row in attribute(table, model=model).to_dicts() if row["conversions"]}
        rows = con.execute(
            "select channel_group, conversions, value, share, low, high, removal_effect from attribution "
            "where model = ? and conversions > 0",
            [model],
        ).fetchall()
        assert {row[0] for row in rows} == set(expected), model
        for channel, conversions, value, share, low, high, effect in rows:
            assert conversions == pytest.approx(expected[channel]["conversions"], rel=1e-8), (model, channel)
            assert value == pytest.approx(expected[channel]["value"], rel=1e-8)
            assert effect == pytest.approx(expected[channel]["removal_effect"])
            assert low <= share <= high
    con.close()


def test_the_table_is_what_attribute_says_of_the_paths(sample_warehouse: Path) -> None:
    held(sample_warehouse)


_CONFIG = """\
sources:
  - {name: web, connector: table, channel: web, class: web, files: web.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id, utm_source: source, utm_medium: medium, value: value}}
  - {name: mail, connector: table, channel: email, files: mail.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id}}
conversions: [order_*]
identity: {shared: [user_id]}
stages:
  - {name: Look}
  - {name: Buy, rules: [{events: [order_*]}]}
  - {name: Praise, rules: [{events: [review_posted]}]}
"""
# ann: a paid visit, a mail 20 minutes later in three events, an order, and the visit goes on to a second one.
# bob: an order 40 days after the only visit: Direct's. cem: two visits and silence.
_WEB = """\
id,at,user,event,source,medium,value
1,2026-01-10T10:00:00Z,ann,page_viewed,google,cpc,
2,2026-01-10T10:45:00Z,ann,page_viewed,bing,organic,
3,2026-01-10T10:50:00Z,ann,order_completed,,,30
4,2026-01-10T10:55:00Z,ann,page_viewed,,,
5,2026-01-10T10:56:00Z,ann,page_viewed,news,email,
6,2026-01-10T10:58:00Z,ann,order_again,,,50
7,2026-01-10T10:59:00Z,ann,page_viewed,,,
8,2026-01-12T10:00:00Z,bob,page_viewed,google,cpc,
9,2026-02-21T10:00:00Z,bob,order_completed,,,20
10,2026-01-12T10:00:00Z,cem,page_viewed,google,cpc,
11,2026-01-13T10:00:00Z,cem,page_viewed,bing,organic,
12,2026-08-01T10:00:00Z,dee,page_viewed,bing,organic,
"""
_MAIL = """\
id,at,user,event
a,2026-01-10T10:20:00Z,ann,email_sent
b,2026-01-10T10:21:00Z,ann,email_opened
c,2026-01-10T10:22:00Z,ann,email_clicked
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paths")
    (folder / "journey.yaml").write_text(_CONFIG, encoding="utf-8")
    (folder / "web.csv").write_text(_WEB, encoding="utf-8")
    (folder / "mail.csv").write_text(_MAIL, encoding="utf-8")
    return run_pipeline(folder / "journey.yaml")


def test_paths_by_hand(small: Path) -> None:
    """ann: Paid Search, Email, Organic Search (10:45 is a new visit); then Organic Search, Email. bob: Direct."""
    con = connect(small, read_only=True)
    found = con.sql(
        "select channel_group, conversions, value from attribution where model = 'linear' order by channel_group"
    ).fetchall()
    con.close()
    assert found == [
        ("Direct", 1, 20),
        ("Email", pytest.approx(1 / 3 + 1 / 2), pytest.approx(10 + 25)),
        ("Organic Search", pytest.approx(1 / 3 + 1 / 2), pytest.approx(10 + 25)),
        ("Paid Search", pytest.approx(1 / 3), pytest.approx(10)),
    ]


def test_without_conversions_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(_CONFIG.replace("order_*]\n", "nothing]\n"), encoding="utf-8")
    (tmp_path / "web.csv").write_text(_WEB, encoding="utf-8")
    (tmp_path / "mail.csv").write_text(_MAIL, encoding="utf-8")
    con = connect(run_pipeline(tmp_path / "journey.yaml"), read_only=True)
    assert con.sql("select count(*) from attribution").fetchall() == [(0,)]
    con.close()


def test_chains_solved_together_are_the_chains_solved_one_by_one() -> None:
    draw = np.random.default_rng(5)
    names = ["a", "b", "c", "d"]
    for _ in range(30):
        rows = [
            (list(draw.choice(names, draw.integers(1, 6))), int(draw.integers(0, 3)), int(draw.integers(0, 3)))
            for _ in range(6)
        ]
        counts = np.zeros((1, 5, 7))
        for path, won, lost in rows:
            at = 0
            for name in path:
                to = names.index(name) + 1
                counts[0, at, to] += won + lost
                at = to
            counts[0, at, 5] += won
            counts[0, at, 6] += lost
        expected = removal_effects([(path, won, lost) for path, won, lost in rows], 1)
        found = chain_effects(counts)[0]
        assert {n: e for n, e in zip(names, found, strict=True) if n in expected} == pytest.approx(expected)


def test_an_example_with_known_results() -> None:
    """C1 -> C2 -> C3 buys, C1 does not, C2 -> C3 does not: worked out by Bryl' (2016), "Attribution model with R".

    Of three paths C1 begins two and C2 one; C3 converts one of two. P(conversion) = 1/3; without C1 1/6, without C2 and
    without C3 nothing. Effects 1/2, 1, 1: shares 0.2, 0.4, 0.4.
    """
    counts = np.zeros((1, 4, 6))
    counts[0, 0, 1], counts[0, 0, 2] = 2, 1
    counts[0, 1, 2], counts[0, 1, 5] = 1, 1
    counts[0, 2, 3] = 2
    counts[0, 3, 4], counts[0, 3, 5] = 1, 1
    assert chain_effects(counts)[0] == pytest.approx([0.5, 1.0, 1.0])
    shares, _ = markov_shares(counts, draws(1))
    assert shares.share == pytest.approx([0.2, 0.4, 0.4])
    assert np.isnan(shares.low).all()  # one customer says nothing of how customers differ


def test_draws_are_the_same_at_every_run() -> None:
    credit = np.random.default_rng(1).random((50, 3))
    first, second = additive_shares(credit, draws(50)), additive_shares(credit, draws(50))
    assert (first.low == second.low).all()
    assert (first.low < first.share).all()
    assert (first.share < first.high).all()
