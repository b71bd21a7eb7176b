"""Tables by segment: a small project counted by hand, and what must hold of any: the values of a segment are the whole.

One customer has journeys on two devices, and one did something that belongs to no journey: who is counted where is what
sums by combination could get wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from journey_analytics.engine.duck import connect

CONFIG = """\
timezone: UTC
sources:
  - name: web
    connector: table
    channel: web
    class: web
    actor: customer
    files: web.csv
    columns: {occurred_at: at, event_name: event, event_id: id, device: device, value: value}
    identifiers: {user_id: user}
journeys: {timeout: 10d, horizon: 20d, lost: [deal_won]}
stages:
  - {name: Look, rules: [{events: [page_viewed]}]}
  - {name: Have, rules: [{events: [order_completed]}]}
segments: [device]
minimum: 1
"""
#: ann has a journey on a phone and one on a computer. Her last deal, and dee's, lie in no journey: what ends one and
#: finds none under way is a background event, and still a conversion.
WEB = """\
id,at,user,event,device,value
1,2026-01-01T10:00:00Z,ann,page_viewed,mobile,
2,2026-01-01T10:05:00Z,ann,order_completed,mobile,10
3,2026-01-02T09:00:00Z,bob,page_viewed,mobile,
4,2026-01-02T09:03:00Z,bob,order_completed,mobile,30
5,2026-01-03T12:00:00Z,cem,page_viewed,desktop,
6,2026-01-04T08:00:00Z,dee,deal_won,mobile,
7,2026-03-01T10:00:00Z,ann,page_viewed,desktop,
8,2026-03-01T10:01:00Z,ann,page_viewed,desktop,
9,2026-05-01T10:00:00Z,ann,deal_won,mobile,
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    from tests.harness import run_pipeline

    folder = tmp_path_factory.mktemp("segments")
    (folder / "web.csv").write_text(WEB, encoding="utf-8")
    (folder / "journey.yaml").write_text(CONFIG, encoding="utf-8")
    with connect(run_pipeline(folder / "journey.yaml", as_of="2026-06-01T00:00:00Z"), read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def sample(sample_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(sample_warehouse, read_only=True) as opened:
        yield opened


def moves(con: duckdb.DuckDBPyConnection, segment: str, value: str) -> set[tuple[object, ...]]:
    return set(
        con.execute(
            """select from_event, to_event, transitions, customers, median_seconds from event_transitions
               where grain = 'session' and segment = ? and segment_value = ?""",
            [segment, value],
        ).fetchall()
    )


def test_a_session_has_the_value_of_the_journey_it_begins_in(small: duckdb.DuckDBPyConnection) -> None:
    assert moves(small, "device", "mobile") == {
        ("(start)", "page_viewed", 2, 2, None),
        ("page_viewed", "order_completed", 2, 2, 240.0),  # 5 and 3 minutes
        ("order_completed", "(end)", 2, 2, None),
    }
    assert moves(small, "device", "desktop") == {
        ("(start)", "page_viewed", 2, 2, None),
        ("page_viewed", "page_viewed", 1, 1, 60.0),
        ("page_viewed", "(end)", 2, 2, None),
    }
    outside = {("(start)", "deal_won", 2, 2, None), ("deal_won", "(end)", 2, 2, None)}
    assert moves(small, "device", "(unknown)") == moves(small, "journey", "(unknown)") == outside
    assert moves(small, "journey", "later") == {
        ("(start)", "page_viewed", 1, 1, None),
        ("page_viewed", "page_viewed", 1, 1, 60.0),
        ("page_viewed", "(end)", 1, 1, None),
    }


def test_a_customer_with_journeys_of_two_values_is_one_customer_of_the_whole(small: duckdb.DuckDBPyConnection) -> None:
    assert moves(small, "all", "all") == {
        ("(start)", "page_viewed", 4, 3, None),  # ann twice
        ("page_viewed", "order_completed", 2, 2, 240.0),
        ("order_completed", "(end)", 2, 2, None),
        ("page_viewed", "page_viewed", 1, 1, 60.0),
        ("page_viewed", "(end)", 2, 2, None),
        ("(start)", "deal_won", 2, 2, None),
        ("deal_won", "(end)", 2, 2, None),
    }


def test_variants_of_values(small: duckdb.DuckDBPyConnection) -> None:
    found = small.sql("from variants order by segment, segment_value, variant").fetchall()
    assert found == [
        ("all", "all", "Look", 2, 0.5, 0, 60.0),  # only ann's second start is late enough to be told from the log's own
        ("all", "all", "Look → Have", 2, 0.5, 2, None),
        ("device", "desktop", "Look", 2, 1.0, 0, 60.0),
        ("device", "mobile", "Look → Have", 2, 1.0, 2, None),
        ("journey", "first", "Look", 1, pytest.approx(1 / 3), 0, None),
        ("journey", "first", "Look → Have", 2, pytest.approx(2 / 3), 2, None),
        ("journey", "later", "Look", 1, 1.0, 0, 60.0),
    ]


def kpi(con: duckdb.DuckDBPyConnection, name: str, period: str) -> dict[str, tuple[object, ...]]:
    """Value, above and below the line by value of the segment device; `all` is the whole."""
    found = con.execute(
        """select segment_value, value, numerator, denominator from kpis
           where kpi = ? and period = ? and segment in ('all', 'device')""",
        [name, period],
    ).fetchall()
    return {value: tuple(figures) for value, *figures in found}


def test_kpis_of_values(small: duckdb.DuckDBPyConnection) -> None:
    assert kpi(small, "orders", "2026-01") == {
        "all": (3, 3, None),
        "mobile": (2, 2, None),
        "desktop": (0, 0, None),
        "(unknown)": (1, 1, None),  # dee's
    }
    assert {v: f[0] for v, f in kpi(small, "orders", "2026-05").items()} == {
        "all": 1,
        "mobile": 0,
        "desktop": 0,
        "(unknown)": 1,
    }
    assert kpi(small, "revenue", "2026-01")["mobile"] == (40, 40, None)
    assert kpi(small, "average_order_value", "2026-01") == {
        "all": (20, 40, 2),
        "mobile": (20, 40, 2),
        "desktop": (None, 0, 0),
        "(unknown)": (None, 0, 0),
    }
    # ann is new with her order, not again with her deal
    assert {v: f[0] for v, f in kpi(small, "new_customers", "2026-01").items()} == {
        "all": 3,
        "mobile": 2,
        "desktop": 0,
        "(unknown)": 1,
    }
    assert kpi(small, "conversion_rate", "2026-01") == {
        "all": (pytest.approx(2 / 3), 2, 3),
        "mobile": (1, 2, 2),
        "desktop": (0, 0, 1),
        "(unknown)": (None, 0, 0),
    }
    assert kpi(small, "conversion_rate", "2026-03")["desktop"] == (0, 0, 1)


def test_maps_of_values(small: duckdb.DuckDBPyConnection) -> None:
    told = small.sql(
        """select segment_value, item, metric, round(value, 6), customers from journey_map
           where segment = 'device' and stage = 'Look' and lane in ('description', 'actions') order by all"""
    ).fetchall()
    assert told == [
        ("desktop", "", "customers", 2, 2),
        ("desktop", "page_viewed", "share_of_visits", 1, 2),
        ("mobile", "", "customers", 2, 2),
        ("mobile", "page_viewed", "share_of_visits", 1, 2),
    ]
    # both journeys on a computer were dropped at the first stage, and last seen there as Direct
    lasts = small.sql(
        """select segment, segment_value, value, customers from journey_map
           where metric = 'last_before_drop_off' and segment in ('all', 'device') order by all"""
    ).fetchall()
    assert lasts == [("all", "all", 1, 2), ("device", "desktop", 1, 2)]
    cells = small.sql("select segment_value, lane, item, metric, value, query from journey_map").fetchall()
    assert len(cells) > 60
    for value, lane, item, metric, expected, query in cells:
        found = small.sql(query).fetchall()
        assert found == [(None if expected is None else pytest.approx(expected),)], (value, lane, item, metric, query)


COUNTS = {
    "event_transitions": ("grain, from_event, to_event", "transitions"),
    "variants": ("variant", "journeys"),
    "kpis": ("kpi, period", "coalesce(denominator, numerator)"),
}


@pytest.mark.parametrize("table", list(COUNTS))
def test_values_of_a_segment_add_up_to_the_whole(sample: duckdb.DuckDBPyConnection, table: str) -> None:
    of, count = COUNTS[table]
    segments = {name for (name,) in sample.sql(f"select distinct segment from {table}").fetchall()}
    assert segments == {"all", "journey", "device", "browser", "channel_group", "campaign", "cohort"}
    whole = sample.sql(f"select {of}, {count} from {table} where segment = 'all'").fetchall()
    for segment in segments:
        parts = sample.execute(
            f"select {of}, sum({count}) from {table} where segment = ? group by {of}", [segment]
        ).fetchall()
        assert sorted(map(told, parts)) == sorted(map(told, whole)), segment


def told(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row whose sum is comparable: money to the cent."""
    *names, total = row
    return (*names, None if total is None else round(float(str(total)), 2))


def test_medians_of_a_value_are_those_of_its_events(sample: duckdb.DuckDBPyConnection) -> None:
    """Counted again from the published events, without combinations of values."""
    found = sample.sql(
        """select from_event, to_event, transitions, customers, median_seconds, p90_seconds from event_transitions
           where grain = 'journey' and segment = 'device' and segment_value = 'mobile' and from_event <> '(start)'
             and to_event <> '(end)' and median_seconds is not null order by all"""
    ).fetchall()
    again = sample.sql(
        """with mobile as (
               select journey_id from journey_combinations join segment_combinations using (combination)
               where segment = 'device' and segment_value = 'mobile'
           ),
           walked as (
               select event_name, customer_id, occurred_at, coalesce(list_contains(flags, 'date_only'), false) as dated,
                      lag(event_name) over w as before, lag(occurred_at) over w as since,
                      lag(coalesce(list_contains(flags, 'date_only'), false)) over w as dated_before
               from events semi join mobile using (journey_id) window w as (partition by journey_id order by position)
           )
           select before, event_name, count(*), count(distinct customer_id),
                  quantile_cont(epoch(occurred_at) - epoch(since), 0.5),
                  quantile_cont(epoch(occurred_at) - epoch(since), 0.9)
           from walked where before is not null
           group by before, event_name having not bool_or(dated or dated_before) order by all"""
    ).fetchall()
    assert len(again) > 50
    undated = {row[:2] for row in again}
    assert [row[:4] for row in found if row[:2] in undated] == [row[:4] for row in again]
    for left, right in zip([row for row in found if row[:2] in undated], again, strict=True):
        assert left[4:] == (pytest.approx(right[4], abs=1e-3), pytest.approx(right[5], abs=1e-3))


def test_drop_off_can_be_counted_again_by_combination(sample: duckdb.DuckDBPyConnection) -> None:
    wrong = sample.sql(
        """select d.segment, d.segment_value, d.stage, d.reached, c.n
           from drop_off as d left join (
               select s.segment, s.segment_value, g.stage, count(*) as n
               from journey_stages as g join journey_combinations as j using (journey_id)
               join segment_combinations as s using (combination) group by all
           ) as c using (segment, segment_value, stage)
           where d.segment <> 'cohort' and d.reached <> coalesce(c.n, 0)"""
    ).fetchall()
    assert wrong == []
