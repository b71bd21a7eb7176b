"""Amounts as people write them: read where there is one way to read them, kept as text and told where there is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.staging import csv, project, rows, stage

COLUMNS = {"occurred_at": "at", "event_name": "event", "value": "betrag"}


def amount(folder: Path, written: str) -> tuple[Any, ...]:
    """Value, flags and properties of an event with this amount."""
    quoted = '"' + written.replace('"', '""') + '"'
    text = f"at,event,email,betrag\n2024-05-01T10:00:00Z,x,a@example.org,{quoted}\n"
    return tuple(csv(folder, text, "value", "flags", "properties", columns=COLUMNS)[0])


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8", 8.0),
        ("-8.5", -8.5),
        ("1.234", 1.234),  # a plain number stays what it is
        ("1e3", 1000.0),
        ("12,50", 12.5),
        ("12,5", 12.5),
        ("1234,5", 1234.5),
        ("0,125", 0.125),
        ("1,2345", 1.2345),
        ("1.012,50", 1012.5),
        ("1.234.567", 1234567.0),
        ("1,234.50", 1234.5),
        ("1,234,567", 1234567.0),
        ("1 234,50", 1234.5),
        ("1\u202f234,50\u00a0\u20ac", 1234.5),
        ("1'234.50", 1234.5),
        ("\u20ac7", 7.0),
        ("$12.50", 12.5),
        ("-$12.50", -12.5),
        ("12,50 EUR", 12.5),
        ("EUR 1.012,50", 1012.5),
        ("(5.00)", -5.0),
        ("5.00-", -5.0),
        ("\u22125", -5.0),
    ],
)
def test_what_can_be_read_in_one_way_is_read(tmp_path: Path, written: str, value: float) -> None:
    assert amount(tmp_path, written) == (value, None, None)


@pytest.mark.parametrize("written", ["1,234", "12,345", "twelve", "1.2.3", "1,23,456", "12..5", "NaN1", "1e999", "5-5"])
def test_what_cannot_is_told_and_its_text_is_kept(tmp_path: Path, written: str) -> None:
    value, flags, properties = amount(tmp_path, written)
    assert value is None
    assert flags == ["unreadable_value"]
    assert json.loads(properties) == {"betrag": written}


@pytest.mark.parametrize("written", ["", "n/a", "-", "NULL", "NaN"])
def test_nothing_is_nothing(tmp_path: Path, written: str) -> None:
    assert amount(tmp_path, written)[:2] == (None, None)


def test_other_columns_stay_and_the_file_says_so(tmp_path: Path) -> None:
    text = (
        "at,event,email,betrag,shop\n"
        "2024-05-01T10:00:00Z,x,a@example.org,8,one\n"
        '2024-05-01T11:00:00Z,x,a@example.org,"1,234",two\n'
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    staged = stage(project(tmp_path, {"columns": COLUMNS}))
    assert [json.loads(text) for text in rows(staged, "properties")] == [
        {"shop": "one"},
        {"shop": "two", "betrag": "1,234"},
    ]
    assert staged.files[0].flags == ["unreadable_values"]


def test_amounts_in_documents_and_of_single_events(tmp_path: Path) -> None:
    lines = [
        {"at": "2024-05-01T10:00:00Z", "event": "order", "email": "a@example.org", "total": "12,50"},
        {"at": "2024-05-01T11:00:00Z", "event": "order", "email": "a@example.org", "total": "1,234"},
        {"at": "2024-05-01T12:00:00Z", "event": "other", "email": "a@example.org", "total": "7"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    source = {"files": "a.jsonl", "events": {"order": {"event": "order_completed", "value": "total"}}}
    staged = stage(project(tmp_path, source))
    assert rows(staged, "value", "flags") == [(12.5, None), (None, ["unreadable_value"]), (None, None)]
    assert json.loads(rows(staged, "properties")[1])["total"] == "1,234"


def test_amounts_of_a_wide_export(tmp_path: Path) -> None:
    text = 'email,won,sum\na@example.org,2024-05-01T10:00:00Z,"1.012,50"\nb@example.org,2024-05-02T10:00:00Z,x\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    source = {"columns": {}, "events": [{"event": "deal_won", "at": "won", "value": "sum"}]}
    staged = stage(project(tmp_path, source))
    assert rows(staged, "value", "flags", "properties") == [
        (1012.5, None, None),
        (None, ["unreadable_value"], '{"sum":"x"}'),
    ]
