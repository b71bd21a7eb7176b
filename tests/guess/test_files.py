"""Every kind of file that people hand to `journey init`: named with a reason, or read as what it is."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
import zstandard

from journey_analytics.cli.main import main
from journey_analytics.guess.guess import guess
from tests.harness import run_tables

LOG = "timestamp,action,email\n" + "".join(
    f"2024-05-{1 + n % 28:02}T10:{n:02}:00Z,{('login', 'buy')[n % 2]},a{n % 7}@example.org\n" for n in range(40)
)


def init(folder: Path, *given: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], list[Any]]:
    code = main(["init", str(folder / "p"), "--from", *map(str, given), "--json"])
    out = capsys.readouterr()
    assert code == 0, out.err
    written = yaml.safe_load((folder / "p" / "journey.yaml").read_text(encoding="utf-8"))
    return json.loads(out.out), written["sources"]


def counts(folder: Path) -> list[tuple[Any, ...]]:
    with run_tables(folder / "p" / "journey.yaml", ["files"]) as con:
        return con.sql("SELECT sum(rows), sum(accepted), sum(rejected), sum(ignored) FROM files").fetchall()


def test_parquet_keeps_its_types(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.parquet"
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT TIMESTAMP '2024-01-01' + INTERVAL (n) HOUR AS created_at, 'u' || n % 5 AS user_id, "
            f"CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END AS event FROM range(50) r(n)) TO '{log}'"
        )
    answer, (source,) = init(tmp_path, log, capsys=capsys)
    assert (source["format"], source["columns"]["occurred_at"]) == ("parquet", "created_at")
    assert answer["sources"][0]["customers"] == {"log.user_id": 5}
    assert counts(tmp_path) == [(50, 50, 0, 0)]


def test_a_table_without_header_gets_names_that_are_to_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "clicks.csv"
    log.write_text(
        "".join(f"2024-03-01T10:{n:02}:00Z,u{n % 9},{('view', 'buy')[n % 2]},/p/{n % 3}\n" for n in range(60))
    )
    answer, (source,) = init(tmp_path, log, capsys=capsys)
    first, second, third, fourth = source["header"]
    assert source["columns"] == {"occurred_at": first, "event_name": third, "url": fourth}
    assert source["identifiers"] == {"user_id": second}
    assert {"header", "identifiers.user_id"} <= set(answer["sources"][0]["check"])
    assert counts(tmp_path) == [(60, 60, 0, 0)]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_of_a_large_file_only_a_part_is_read(pack: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(
        json.dumps({"ts": 1714557600 + n, "event": f"e{n % 3}", "user_id": f"u{n * 7919 % 100_003}"}) + "\n"
        for n in range(120_000)
    ).encode()
    plain, packed = tmp_path / "big.jsonl", tmp_path / "packed.jsonl.z"
    plain.write_bytes(rows)
    packed.write_bytes(pack(rows))
    answer, sources = init(tmp_path, plain, packed, capsys=capsys)
    assert len(sources) == 2
    for source in answer["sources"]:
        assert not source["rows_are_exact"]
        assert source["looked_at"] == 2000
        assert 100_000 < source["rows"] < 145_000
    main(["init", str(tmp_path / "q"), "--from", str(plain)])
    text = capsys.readouterr().out
    assert "about " in text
    assert "in the rows looked at" in text


def test_the_time_to_look_does_not_grow_with_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = json.dumps({"ts": 1714557600, "event": "e", "user_id": "u1", "pad": "x" * 900}).encode() + b"\n"
    log = tmp_path / "huge.jsonl"
    with log.open("wb") as file:
        for _ in range(200):
            file.write(line * 1000)  # 200 MB
    begin = time.monotonic()
    (tmp_path / "w").mkdir()
    found = guess([log], tmp_path / "w")
    assert found.parts[log].stat().st_size < 4 << 20
    assert len(found.sources) == 1
    assert time.monotonic() - begin < 60


def test_hostile_names_do_not_reach_the_terminal_or_break_the_yaml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "lo\x1b[31mg [1] #a: *.csv"
    log.write_text(LOG)
    (tmp_path / "em\x1b]0;x\x07pty.csv").write_text("")
    assert main(["init", str(tmp_path / "p"), "--from", str(tmp_path)]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert "\x1b" not in (tmp_path / "p" / "journey.yaml").read_text(encoding="utf-8")
    assert counts(tmp_path) == [(40, 40, 0, 0)]


def test_utf16_is_read_by_its_mark_and_refused_clearly_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "marked.csv").write_bytes(LOG.encode("utf-16"))
    (tmp_path / "bare.csv").write_bytes(LOG.encode("utf-16-le"))
    answer, (source,) = init(tmp_path, tmp_path / "marked.csv", tmp_path / "bare.csv", capsys=capsys)
    assert source["columns"]["occurred_at"] == "timestamp"
    assert "UTF-16" in answer["left_out"][0]["reason"]
    assert "Save it as UTF-8" in answer["left_out"][0]["reason"]
    assert counts(tmp_path) == [(40, 40, 0, 0)]


def test_files_elsewhere_and_folders_are_found_by_relative_patterns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    far = tmp_path / "far" / "away"
    far.mkdir(parents=True)
    for day in (1, 2):
        (far / f"log_2024-05-0{day}.csv").write_text(LOG.replace("2024-05", f"2024-0{day}"))
    _, (source,) = init(tmp_path, tmp_path / "far", capsys=capsys)
    assert source["files"] == "../far/away/*.csv"
    assert counts(tmp_path)[0][0] == 80


def test_a_table_of_contacts_only_ties_identifiers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(
        "Contact ID,E-mail\n" + "".join(f"{n + 10},a{n}@example.org\n" for n in range(7)), encoding="utf-8"
    )
    log = tmp_path / "visits.csv"
    log.write_text(LOG)
    _, sources = init(tmp_path, contacts, log, capsys=capsys)
    assert [source["connector"] for source in sources] == ["connectors/contacts.yaml", "table"]
    own = yaml.safe_load((tmp_path / "p" / "connectors" / "contacts.yaml").read_text(encoding="utf-8"))
    assert own["streams"][0]["role"] == "links"
    assert counts(tmp_path) == [(47, 40, 0, 7)]


def test_customers_are_counted_over_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in (0, 1):
        (tmp_path / f"log_{part}.csv").write_text(LOG.replace("a", f"a{part}").replace("timestamp", "ts"))
    answer, _ = init(tmp_path, tmp_path / "log_0.csv", tmp_path / "log_1.csv", capsys=capsys)
    found = sum(source["customers"]["email"] for source in answer["sources"])
    assert found == 14


@pytest.mark.parametrize("name", ["user_id", "customer_id", "klantnummer", "cookie"])
def test_a_person_is_no_event_id_however_different_in_every_row(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = f"{name},created_at,amount\n" + "".join(f"u{n},2024-05-0{n + 1}T10:00:00Z,{n}.5\n" for n in range(8))
    (tmp_path / "orders.csv").write_text(orders)
    _, (source,) = init(tmp_path, tmp_path / "orders.csv", capsys=capsys)
    assert "event_id" not in source["columns"]
    (tmp_path / "orders.csv").write_text(orders + "u1,2024-05-20T10:00:00Z,9.5\nu2,2024-05-21T10:00:00Z,9.5\n")
    assert counts(tmp_path) == [(10, 10, 0, 0)]


@pytest.mark.parametrize(
    ("folders", "pattern"),
    [
        (["2024-03-01", "2024-03-02", "2024-03-03"], "*/events.csv"),
        (["2024/03/01", "2024/03/02", "2024/04/01"], "*/*/*/events.csv"),
        (["dt=2024-03-01/country=NL", "dt=2024-03-02/country=BE"], "dt=*/country=*/events.csv"),
    ],
)
def test_folders_of_days_are_one_source(
    folders: list[str], pattern: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in folders:
        (tmp_path / "ex" / folder).mkdir(parents=True)
        (tmp_path / "ex" / folder / "events.csv").write_text(LOG)
    _, (source,) = init(tmp_path, tmp_path / "ex", capsys=capsys)
    assert source["files"] == f"../ex/{pattern}"


def test_folders_of_other_names_and_other_columns_stay_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, text in {
        "shop1": LOG,
        "shop2": LOG,
        "2024-03-01": LOG,
        "2024-03-02": LOG.replace("email", "mail"),
    }.items():
        (tmp_path / "ex" / folder).mkdir(parents=True)
        (tmp_path / "ex" / folder / "events.csv").write_text(text)
    _, sources = init(tmp_path, tmp_path / "ex", capsys=capsys)
    assert len(sources) == 4
