"""`journey init` on made-up logs: what it guesses, and that check and run work from there with every row told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from journey_analytics.cli.main import main
from journey_analytics.guess.model import LeftOut, SourceGuess
from journey_analytics.guess.write_yaml import config_text
from tests.harness import run_tables

SEMICOLON = "\ufeffzeit;vorgang;kunden_nr;betrag\n" + "".join(
    f"{day}.03.2024 1{day % 10}:05;{('bestellt', 'gesehen')[day % 2]};K{day % 5};{day},50\n" for day in range(10, 30)
)
WIDE = "lead_id,email,created_at,won_at,amount,updated_at\n" + "".join(
    f"{n},p{n}@example.org,2024-01-{n:02}T10:00:00Z,{f'2024-02-{n:02}T10:00:00Z' if n % 2 else ''},{n}00,"
    "2024-05-01T00:00:00Z\n"
    for n in range(1, 21)
)
EPOCH = "".join(
    json.dumps({"ts": 1714557600000 + n * 1000, "event": ("view", "buy")[n % 2], "who": {"userId": f"u{n % 4}"}}) + "\n"
    for n in range(30)
)
NESTED = json.dumps(
    {"page": 1, "results": [{"time": f"2024-03-0{n}T10:00:00+02:00", "action": "x", "user": {"email": f"a{n}@x.org"}}
                            for n in range(1, 8)]}
)  # fmt: skip
TSV = "timestamp\taction\temail\n" + "2024-05-01 10:00:00\tlogin\tann@example.org\n" * 3


def init(folder: Path, name: str, content: bytes, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], Any]:
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "logs" / name).write_bytes(content)
    code = main(["init", str(folder / "p"), "--from", str(folder / "logs"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    return answer, yaml.safe_load((folder / "p" / "journey.yaml").read_text(encoding="utf-8"))["sources"]


CASES = [
    ("besuche.csv", SEMICOLON.encode(), 20, "\x3b", {"user_id": "kunden_nr"}, {"occurred_at": "zeit", "event_name": "vorgang"}),  # noqa: E501
    ("track.jsonl", EPOCH.encode(), 30, None, {"user_id": "who.userId"}, {"occurred_at": "ts", "event_name": "event"}),
    ("track.jsonl.gz", gzip.compress(EPOCH.encode()), 30, None, {"user_id": "who.userId"}, {"occurred_at": "ts"}),
    ("api.json", NESTED.encode(), 7, None, {"email": "user.email"}, {"occurred_at": "time", "event_name": "action"}),
    ("app.tsv", TSV.encode(), 3, "\t", {"email": "email"}, {"occurred_at": "timestamp", "event_name": "action"}),
    ("leads.csv", WIDE.encode(), 20, ",", {"crm_contact": "lead_id", "email": "email"}, {"event_id": "lead_id"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "rows", "delimiter", "people", "columns"), CASES, ids=[c[0] for c in CASES]
)
def test_from_a_log_to_a_published_warehouse(
    name: str, content: bytes, rows: int, delimiter: str | None, people: dict[str, str], columns: dict[str, str],
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    answer, (source,) = init(tmp_path, name, content, capsys)
    assert source.get("delimiter") == delimiter
    assert source["identifiers"] == people
    assert columns.items() <= source["columns"].items()
    assert answer["problems"] == []
    config = tmp_path / "p" / "journey.yaml"
    assert main(["check", "--json", "--config", str(config)]) == 0
    (first,) = json.loads(capsys.readouterr().out)["first_rows"]
    assert first["accepted"] > 0
    assert first["shown"][0]["identifier"]
    with run_tables(config, ["files", "events"]) as con:
        counts = con.sql("SELECT sum(rows), sum(accepted + duplicate + rejected + ignored), sum(rejected) FROM files")
        assert counts.fetchall() == [(rows, rows, 0)]


def test_a_wide_export_becomes_events_and_bookkeeping_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, (source,) = init(tmp_path, "leads.csv", WIDE.encode(), capsys)
    assert [(event["event"], event["at"]) for event in source["events"]] == [
        ("lead_created", "created_at"),
        ("deal_won", "won_at"),
    ]


def test_days_and_months_that_no_value_tells_apart_are_to_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = "date,event,email\n03/04/2024 10:00,x,a@example.org\n05/06/2024 11:00,x,b@example.org\n"
    answer, (source,) = init(tmp_path, "a.csv", log.encode(), capsys)
    assert source["time_format"] == "%d/%m/%Y %H:%M"
    assert "other way round" in answer["sources"][0]["check"]["timezone"]


def test_what_is_no_log_is_named_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "empty.csv").write_bytes(b"")
    (tmp_path / "logs" / "picture.log").write_bytes(b"\x89PNG\r\n" + b"\0" * 50)
    (tmp_path / "logs" / "names.csv").write_text("code,label\nx,Ex\ny,Why\n")
    answer, sources = init(tmp_path, "app.tsv", TSV.encode(), capsys)
    assert [source["name"] for source in sources] == ["app"]
    reasons = {Path(item["file"]).name: item["reason"] for item in answer["left_out"]}
    assert set(reasons) == {"empty.csv", "picture.log", "names.csv"}
    assert "empty" in reasons["empty.csv"]
    assert "PNG" in reasons["picture.log"]
    assert "no log" in reasons["names.csv"]


def test_an_existing_configuration_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path, "app.tsv", TSV.encode(), capsys)
    config = tmp_path / "p" / "journey.yaml"
    config.write_text("mine")
    assert main(["init", str(tmp_path / "p"), "--from", str(tmp_path / "logs")]) == 2
    assert config.read_text() == "mine"
    assert main(["init", str(tmp_path / "p"), "--from", str(tmp_path / "logs"), "--force"]) == 0


@pytest.mark.parametrize(
    ("files", "connector"),
    [("sendgrid.anymail.json", "sendgrid"), ("example_segment_pages.csv", "segment"), ("hubspot", "hubspot")],
)
def test_shipped_formats_are_recognised(
    files: str, connector: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = Path(__file__).parent.parent / "data" / "vendors" / files
    assert main(["init", str(tmp_path / "p"), "--from", str(given), "--json"]) == 0
    assert [source["connector"] for source in json.loads(capsys.readouterr().out)["sources"]] == [connector]


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_the_written_yaml_always_loads(name: str, value: str, remark: str) -> None:
    guess = SourceGuess("s", [], {"connector": "table", "columns": {"url": name}, "event": value}, remark)
    guess.checks["event"] = remark
    guess.remarks["columns.url"] = name
    text = config_text([(guess, [name, value])], [LeftOut(Path("x"), remark)], Path())
    (source,) = yaml.safe_load(text.encode("utf-8").decode("utf-8"))["sources"]
    assert (source["columns"]["url"], source["event"], source["files"]) == (name, value, [name, value])
