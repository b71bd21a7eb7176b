"""A vendor's tables under other names: told by their content, and given to their tables by `streams`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from journey_analytics.cli.main import main
from journey_analytics.config.load import load_config
from journey_analytics.connectors.load import load_connector
from journey_analytics.errors import ConfigError
from journey_analytics.ingest.plan import plan_for, plans
from tests.harness import run_tables

DATA = Path(__file__).parent.parent / "data" / "vendors"
FORM = "SELECT source, event_name, count(*), count(DISTINCT customer_id) FROM events GROUP BY ALL ORDER BY ALL"
ROWS = "SELECT sum(rows), sum(accepted), sum(duplicate), sum(rejected), sum(ignored) FROM files"


def test_renamed_tables_give_the_same_events_lookups_included(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "usual").mkdir()
    (tmp_path / "other").mkdir()
    for number, file in enumerate(sorted((DATA / "hubspot").glob("*.csv"))):
        shutil.copy(file, tmp_path / "usual" / file.name)
        shutil.copy(file, tmp_path / "other" / f"extract [{number}].csv")
    answers = []
    for name in ("usual", "other"):
        config = tmp_path / f"p_{name}" / "journey.yaml"
        assert main(["init", str(config.parent), "--from", str(tmp_path / name), "--json"]) == 0
        left = json.loads(capsys.readouterr().out)["left_out"]
        with run_tables(config, ["files", "events"]) as con:
            answers.append((con.sql(FORM).fetchall(), left))
    (source,) = yaml.safe_load(config.read_text(encoding="utf-8"))["sources"]
    assert source["connector"] == "hubspot"
    assert len(source["streams"]) > 5
    assert answers[0][0] == answers[1][0] != []


def config_of(folder: Path, streams: str) -> Path:
    (folder / "people.csv").write_text("id,is_converted,converted_date,lead_source\n")
    path = folder / "journey.yaml"
    path.write_text(
        "sources:\n  - name: sf\n    connector: salesforce\n    files: people.csv\n"
        f"    streams: {streams}\nstages: {{model: lifecycle}}\n"
    )
    return path


def test_streams_come_before_the_connectors_own_names(tmp_path: Path) -> None:
    config = load_config(config_of(tmp_path, "{lead: [PEOPLE*], task: opportunity.csv}"))
    (source,) = config.sources
    choices = plans(source, load_connector("salesforce", tmp_path))
    found = {name: plan_for(name, choices) for name in ("people.csv", "opportunity.csv", "contact.csv", "x.csv")}
    assert {name: plan and plan.stream for name, plan in found.items()} == {
        "people.csv": "lead",
        "opportunity.csv": "task",
        "contact.csv": "contact",
        "x.csv": None,
    }


@pytest.mark.parametrize(
    ("streams", "message"),
    [("{leed: people.csv}", "Did you mean 'lead'?"), ("{lead: exports/people.csv}", "without /")],
)
def test_a_wrong_stream_is_told_with_line_and_remedy(streams: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(config_of(tmp_path, streams))
    (problem,) = caught.value.problems
    assert problem.line == 5
    assert message in str(problem)
