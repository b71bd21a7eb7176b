"""Segments told by conditions: the same groups in every table, in the graph, in a comparison; and in plain Python."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from journey_analytics import Warehouse, compare
from journey_analytics.cli.main import main
from journey_analytics.engine.duck import connect
from journey_analytics.errors import JourneyError
from journey_analytics.presentation.comparison import sentences
from tests.harness import run_pipeline

_CONFIG = """\
sources:
  - {name: web, connector: table, channel: web, class: web, files: web.csv, timezone: UTC, identifiers: {user_id: user},
     columns: {occurred_at: at, event_name: event, event_id: id, value: value, country: country, device: device}}
  - {name: mail, connector: table, channel: email, actor: company, files: mail.csv, timezone: UTC,
     identifiers: {user_id: user}, columns: {occurred_at: at, event_name: event, event_id: id}}
identity: {shared: [user_id]}
stages:
  - {name: Look}
  - {name: Buy, rules: [{events: [order_completed]}]}
segments:
  - device
  - entry_event
  - {name: big, where: "value > 100"}
  - {name: home, where: "country = 'NL' and session.event_count >= 1"}
  - {cohort: month}
  - {name: odd, where: "case when device = 'tablet' then null else try_cast(country as integer) is null end"}
funnels:
  - {name: buying, steps: [page_viewed, order_completed]}
  - {name: mailed, steps: [email_sent, page_viewed]}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("segments")
    lines = ["id,at,user,event,value,country,device"]
    for number in range(60):
        country, device = ("NL", "BE", "")[number % 3], ("mobile", "desktop", "tablet", "")[number % 4]
        lines.append(f"{number}a,2026-01-{number % 28 + 1:02}T10:00:00Z,u{number},page_viewed,,{country},{device}")
        if number % 2:
            worth = 40 * (number % 7)
            lines.append(f"{number}b,2026-02-01T11:00:00Z,u{number},order_completed,{worth},{country},{device}")
    (folder / "journey.yaml").write_text(_CONFIG, encoding="utf-8")
    (folder / "web.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    mails = [f"m{number},2026-01-01T08:00:00Z,{who},email_sent" for number, who in enumerate(("u2", "u6", "x", "y"))]
    (folder / "mail.csv").write_text("\n".join(["id,at,user,event", *mails, ""]), encoding="utf-8")
    return run_pipeline(folder / "journey.yaml", "2026-07-01T00:00:00")


def count(published: Path, table: str, measure: str, segment: str, where: str) -> dict[str, int]:
    """value -> the sum of a measure of a segmented table."""
    with connect(published, read_only=True) as con:
        return dict(
            con.execute(
                f"select segment_value, sum({measure})::bigint from {table} where segment = ? and {where} group by 1",
                [segment],
            ).fetchall()
        )


EXPECTED = {
    "big": {
        "true": sum(number % 2 == 1 and 40 * (number % 7) > 100 for number in range(60)),
        "false": sum(not (number % 2 == 1 and 40 * (number % 7) > 100) for number in range(60)),
    },
    "home": {"true": 20, "false": 40},
    "odd": {"true": 45, "(unknown)": 15},
    "entry_event": {"page_viewed": 60},
}


@pytest.mark.parametrize("segment", sorted(EXPECTED))
def test_every_table_has_the_same_groups(published: Path, segment: str) -> None:
    expected = EXPECTED[segment]
    assert count(published, "drop_off", "reached", segment, "stage = 'Look'") == expected
    assert count(published, "transitions", "transitions", segment, "from_stage = '(start)'") == expected
    assert count(published, "derived_segments", "1", segment, "true") == expected
    assert count(published, "funnel_steps", "customers", segment, "funnel = 'buying' and step = 1") == expected
    graphs = {
        value: sum(
            edge["transitions"]
            for start, _, edge in Warehouse(published).stage_graph((segment, value)).edges(data=True)
            if start == "(start)"
        )
        for value in expected
    }
    assert graphs == expected


@pytest.mark.parametrize("segment", ["device", "cohort", *sorted(EXPECTED)])
def test_a_funnel_by_a_segment_is_that_of_the_table(published: Path, segment: str) -> None:
    steps = ["step", "name", "customers", "conversion_from_start", "dropped", "open", "median_seconds"]
    warehouse = Warehouse(published)
    asked = warehouse.funnel(["page_viewed", "order_completed"], "14d", by=segment)
    told = warehouse.sql(
        "select segment_value, step, name, customers, conversion_from_start, dropped, open, median_seconds "
        "from funnel_steps where segment = ? and funnel = 'buying'",
        [segment],
    ).fetchall()
    found = asked.select(pl.col(segment).fill_null("(unknown)"), *steps).rows()
    assert sorted(found) == sorted(told)
    assert len(told) >= 2


def test_what_is_in_no_journey_and_what_has_no_value_are_one_unknown_group(published: Path) -> None:
    # u2 and u6 use tablets, of which `odd` says nothing; x and y only got a mail, so they have no journey
    assert count(published, "funnel_steps", "customers", "odd", "funnel = 'mailed' and step = 1") == {"(unknown)": 4}
    with connect(published, read_only=True) as con:
        keys = con.sql("select count(*), count(distinct (funnel, segment, segment_value, step)) from funnel_steps")
        rows, distinct = keys.fetchall()[0]
    assert rows == distinct
    assert Warehouse(published).funnel(["email_sent"], by="odd").select("odd", "customers").rows() == [("(unknown)", 4)]


def test_conditions_of_funnels_and_ways_name_segments(published: Path) -> None:
    warehouse, steps = Warehouse(published), ["page_viewed", "order_completed"]
    expected = EXPECTED["home"]["true"]
    assert warehouse.funnel(steps, where="home = 'true'")["customers"][0] == expected
    condition = {"events": "page_viewed", "where": "home = 'true' and journey = 'first'", "name": "at home"}
    assert warehouse.funnel([condition, "order_completed"])["customers"][0] == expected
    assert warehouse.paths(grain="journey", where="home = 'true'").parts == expected


def test_who_began_under_several_values_is_named(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warehouse = Warehouse(published)
    assert warehouse.funnel_overlap(["page_viewed", "order_completed"], by="home") == 0
    either = [["page_viewed", "order_completed"]]
    both = sum(number % 2 for number in range(60))  # they bought in February what they had looked at in January
    assert warehouse.funnel_overlap(either, by="cohort") == both
    assert warehouse.funnel_overlap(either, by="cohort", as_of="2026-02-01") == 0
    assert warehouse.funnel_overlap(either, by="cohort", entries=("2026-02-01", None)) == 0
    assert warehouse.funnel_overlap(either, by="cohort", count="attempts") == 0
    config = str(published.parent.parent / "journey.yaml")
    assert main(["funnel", "page_viewed|order_completed", "--by", "cohort", "--config", config]) == 0
    assert f"{both} of the customers began under more than one value of cohort" in capsys.readouterr().out


def test_an_unknown_breakdown_lists_what_there_is(published: Path) -> None:
    with pytest.raises(JourneyError, match="no segment or column 'biig'") as raised:
        Warehouse(published).funnel(["page_viewed"], by="biig")
    remedy = raised.value.problems[0].remedy or ""
    assert "Did you mean 'big'?" in remedy
    assert "Segments: big, cohort, entry_event, home, journey, odd. Columns of events: event_id, " in remedy
    with pytest.raises(JourneyError) as raised:
        Warehouse(published).funnel(["page_viewed"], where="biig = 'true'")
    assert "journey, odd" in (raised.value.problems[0].remedy or "")


def test_a_comparison_takes_the_segment_by_its_name(published: Path) -> None:
    named = compare(published, "big = 'true'", "big = 'false'")
    written = compare(published, "value > 100", "not (value > 100)")
    assert named.groups.left_journeys == written.groups.left_journeys == EXPECTED["big"]["true"]
    assert named.groups.right_journeys == EXPECTED["big"]["false"]
    assert "big is known only after a journey has run" in " ".join(sentences(named))


def test_overlap_is_named(published: Path) -> None:
    found = compare(published, "big = 'true'", "home = 'true'")
    assert found.groups.both_journeys > 0
    assert any(text.startswith("The groups overlap.") for text in sentences(found))


def test_what_is_told_by_the_outcome_is_not_tested(published: Path) -> None:
    with connect(published, read_only=True) as con:
        for table in ("contrasts", "changes"):
            assert con.sql(f"select count(*) from {table} where segment = 'big'").fetchall() == [(0,)]
        told = con.sql("select segment, definition, known_afterwards from segments order by 1").fetchall()
    assert ("big", "value > 100", True) in told
    assert {row[0] for row in told} == {"all", "journey", "device", "entry_event", "big", "home", "odd", "cohort"}


def test_the_vocabulary_of_conditions_is_that_of_the_published_tables(published: Path) -> None:
    from journey_analytics.config.segments import CUSTOMER_COLUMNS, JOURNEY_COLUMNS, SESSION_COLUMNS

    with connect(published, read_only=True) as con:
        for table, known in (
            ("journeys", JOURNEY_COLUMNS),
            ("sessions", SESSION_COLUMNS),
            ("customers", CUSTOMER_COLUMNS),
        ):
            found = {row[0]: str(row[1]) for row in con.sql(f"describe {table}").fetchall()}
            ids = {"session_id", "customer_id"} if table != "journeys" else set()
            assert {name: kind for name, kind in found.items() if name not in ids} == known
