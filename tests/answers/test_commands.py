"""The commands funnel, paths, customer and export on the small project: figures by hand, notes, errors, width."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.cli.main import main
from journey_analytics.exchange.events import read_events
from journey_analytics.exchange.graphs import read_graph
from journey_analytics.warehouse import Warehouse
from tests.answers.conftest import HOSTILE
from tests.project import journey


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(project)


def asked(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[Any, str]:
    """The answer as JSON, and what was said beside it."""
    assert main([*arguments, "--json"]) == code
    printed = capsys.readouterr()
    return json.loads(printed.out), printed.err


def test_a_funnel(capsys: pytest.CaptureFixture[str]) -> None:
    answer, said = asked(capsys, "funnel", "page_viewed", "cart_added", "order_completed", "--window", "14d")
    assert [(step["customers"], step["dropped"], step["open"]) for step in answer["steps"]] == [
        (3, 0, 1),
        (2, 1, 0),
        (1, 0, 0),
    ]
    assert (answer["notes"], said) == ([], "")


@pytest.mark.parametrize(
    ("arguments", "customers"),
    [
        (["page_viewed", "cart_added|order_completed", "order_completed"], [3, 2, 1]),
        (["page_viewed", "order_completed[value > 10]"], [3, 1]),
        (["page_viewed", "[value > 30]"], [3, 0]),
        (["page_viewed", "order_completed", "--exclude", "cart_added"], [3, 0]),
        (["page_viewed", "cart_added", "order_completed", "--exclude", "email_sent:2-3"], [3, 2, 1]),
        (["page_viewed", "cart_added", "order_completed", "--step-window", "3:1m"], [3, 2, 0]),
        (["page_viewed", "email_sent", "order_completed", "--optional", "email_sent"], [3, 0, 1]),
        (["page_viewed", "order_completed", "--order", "strict"], [3, 0]),
        (["cart_added", "page_viewed", "--order", "any"], [3, 2]),
        (["page_viewed", "cart_added", "--count", "sessions"], [4, 2]),
        (["page_viewed", "cart_added", "--count", "attempts"], [5, 2]),
        (["page_viewed", "cart_added", "--from", "2026-01-03"], [2, 1]),
        (["page_viewed", "cart_added", "--to", "2026-01-02T11:05:00+01:00"], [1, 1]),
        (["page_viewed", "cart_added", "--as-of", "2026-01-05T10:00:00+01:00"], [2, 1]),
        (["email_sent", "page_viewed", "--where", "event_id <> '2'"], [1, 1]),
    ],
)
def test_ways_to_ask(arguments: list[str], customers: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = asked(capsys, "funnel", *arguments)
    assert [step["customers"] for step in answer["steps"]] == customers


def test_a_breakdown_and_a_configured_funnel(capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = asked(capsys, "funnel", "--funnel", "buy", "--by", "channel", "--times")
    assert [(row["channel"], row["customers"]) for row in answer["steps"]] == [("web", 3), ("web", 2), ("web", 1)]
    assert [(row["step"], row["from_seconds"], row["customers"]) for row in answer["times"]] == [
        (2, 60.0, 1),
        (2, 300.0, 1),
        (3, 60.0, 1),
    ]


def test_an_unknown_event_is_zero_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    answer, said = asked(capsys, "funnel", "page_viewed", "cart_aded")
    assert [step["customers"] for step in answer["steps"]] == [3, 0]
    assert "'cart_aded'" in said
    assert "'cart_added'" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["funnel"], "needs steps"),
        (["funnel", "a", "--window", "soon"], "soon"),
        (["funnel", "a", "b", "--by", "colour"], "colour"),
        (["funnel", "a", "b", "--optional", "a"], "cannot be optional"),
        (["funnel", "a[value >]"], "no condition"),
        (["funnel", "a", "--where", "1=1) end from events; copy events to 'x.csv' --"], "no condition"),
        (["funnel", "a", "--where", "(select count(*) from read_csv('web.csv')) > 0"], "disabled"),
        (["funnel", "a", "--as-of", "2030-01-01"], "later than"),
        (["funnel", "--funnel", "nothing"], "buy"),
        (["funnel", "|"], "names no event"),
        (["paths", "--steps", "0"], "below 1"),
        (["export", "graph", "--format", "xes"], "graphml"),
        (["export", "events", "--format", "graphml"], "xes"),
        (["export", "events", "--format", "xes", "--grain", "stage"], "grain"),
    ],
)
def test_what_makes_no_sense_is_one_error(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert "Traceback" not in printed.err


def test_paths_between_two_events(capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = asked(capsys, "paths", "--from", "page_viewed", "--to", "order_completed", "--grain", "journey")
    assert (answer["journeys"], answer["begun"], answer["reached"]) == (3, 3, 1)
    assert answer["ways"] == [
        {
            "way": ["page_viewed", "cart_added", "order_completed"],
            "times": 1,
            "customers": 1,
            "share": 1.0,
            "median_seconds": 540.0,
        }
    ]


def test_ways_that_no_session_can_hold_are_looked_for_in_journeys(capsys: pytest.CaptureFixture[str]) -> None:
    answer, said = asked(capsys, "paths", "--from", "email_sent", "--to", "page_viewed")
    assert (answer["reached"], answer["ways"]) == (0, [])
    assert answer["notes"] == [said.removeprefix("note: ").strip()]
    assert "--grain journey" in said
    answer, said = asked(capsys, "paths", "--from", "email_sent", "--to", "page_viewed", "--grain", "journey")
    assert (answer["reached"], said) == (2, "")


def ways(answer: Any) -> list[tuple[Any, ...]]:
    return [(way["way"], way["times"], way["median_seconds"]) for way in answer["ways"]]


def test_paths_from_one_event_and_to_one(capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = asked(capsys, "paths", "--from", "page_viewed", "--steps", "1")
    assert ways(answer) == [
        (["page_viewed", "(end)"], 1, None),
        (["page_viewed", "cart_added", "(end)"], 1, 60.0),
        (["page_viewed", "cart_added", "…"], 1, 300.0),
        (["page_viewed", "page_viewed", "(end)"], 1, 30.0),
    ]
    answer, _ = asked(capsys, "paths", "--to", "page_viewed", "--grain", "journey", "--steps", "1")
    assert ways(answer) == [
        (["(start)", "page_viewed"], 2, None),
        (["(start)", "email_sent", "page_viewed"], 1, 86400.0),
    ]
    answer, _ = asked(capsys, "paths", "--merge-repeats", "--steps", "3")
    assert (["(start)", "page_viewed", "(end)"], 2, 30.0) in ways(answer)


@pytest.mark.parametrize(
    "arguments",
    [
        ["funnel", "page_viewed", "cart_added|order_completed|x", "order_completed[value > 1 and value < 1000000]"],
        ["funnel", "--funnel", "buy", "--by", "source", "--times"],
        ["paths"],
        ["paths", "--grain", "journey", "--to", "page_viewed"],
        ["customer", "ann"],
        ["customer", "dee"],
    ],
)
def test_it_reads_at_80_columns_without_colour(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert "\x1b" not in printed.out
    assert [line for line in printed.out.splitlines() if len(line) > 80] == []


def test_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["customer", "ann"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    told = [
        "Friday 2 January 2026",
        "■ Journey 1 begins",
        "▶ Stage Look, for 5 min, by the rule events: page_viewed",
        "11:00  page_viewed  web",  # in Amsterdam
        "▶ Stage Want, for 4 min, by the rule events: cart_added",
        "▶ Stage Have, by the rule events: order_completed",
        "11:09  order_completed  web  25.50",
        "12:00  email_sent (company)  email",
        "■ Journey 1 is completed (last stage Have, 2 h from first to last)",
    ]
    assert [line for line in lines if line in told] == told


def test_without_engagement_nobody_has_a_journey(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["customer", "dee"]) == 0
    assert "reached out to, never engaged" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["graphml", "json", "parquet"])
@pytest.mark.parametrize("grain", ["stage", "session", "journey"])
def test_a_graph_goes_out_and_comes_back(form: str, grain: str, tmp_path: Path) -> None:
    file = tmp_path / f"graph.{form}"
    assert main(["export", "graph", "--format", form, "--grain", grain, "-o", str(file)]) == 0
    warehouse = Warehouse("warehouse")
    graph: Any = warehouse.stage_graph() if grain == "stage" else warehouse.event_graph(grain)
    back = read_graph(file)
    assert list(back.nodes(data=True)) == list(graph.nodes(data=True))
    assert list(back.edges(data=True)) == list(graph.edges(data=True))
    assert back.graph == graph.graph
    assert [other.name for other in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("form", ["xes", "json", "parquet"])
def test_events_go_out_and_come_back(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"events.{form}"
    assert main(["export", "events", "--format", form, "-o", str(file)]) == 0
    columns = "* replace (customer_id::varchar as customer_id, session_id::varchar as session_id, "
    columns += "journey_id::varchar as journey_id, properties::varchar as properties)"
    events = Warehouse("warehouse").sql(f"select {columns} from events order by customer_id, position").pl()
    assert read_events(file).equals(events)
    assert HOSTILE in events["event_name"].to_list()


def test_xes_by_journey_says_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "events.xes"
    answer, said = asked(capsys, "export", "events", "--format", "xes", "--grain", "journey", "-o", str(file))
    assert (answer["traces"], answer["events"]) == (3, 10)
    assert "1 events belong to no journey" in said


def test_an_export_as_text_goes_to_standard_output(project: Path) -> None:
    done = journey("export", "graph", "--format", "json", folder=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["directed"] is True


def test_a_file_that_cannot_be_written_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "graph", "--format", "json", "-o", str(tmp_path / "no" / "graph.json")]) == 1
    assert "can't be written" in capsys.readouterr().err


#: What docs/interfaces.md promises programs: the keys of each answer, which stay.
KEYS = {
    "status": ["warehouse", "last_run", "published", "rejected", "silent"],
    "funnel page_viewed cart_added --times": ["steps", "notes", "times"],
    "paths": ["sessions", "begun", "reached", "ways", "notes"],
    "paths --grain journey": ["journeys", "begun", "reached", "ways", "notes"],
    "customer ann": ["customer_id", "summary", "identifiers", "events", "sessions", "journeys", "stage_visits"],
    "check": ["config", "problems", "first_rows"],
    "report": ["report"],
    "compare --left true --right false": ["what", "left", "right", "as_of", "minimum", "groups", "words", "rows"],
    "export graph --format json -o graph.json": ["file", "nodes", "edges"],
    "export events --format xes -o events.xes": ["file", "traces", "events"],
}


@pytest.mark.parametrize("command", KEYS)
def test_programs_find_the_documented_keys(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer, _ = asked(capsys, *command.split())
    assert sorted(answer) == sorted(KEYS[command])
