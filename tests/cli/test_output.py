"""What commands print: numbers aligned, values from logs harmless."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journey_analytics.cli.answers import drop_off_table
from journey_analytics.cli.output import Output, percent, printable, table


def test_numbers_stand_to_the_right_and_names_to_the_left() -> None:
    assert table([("web", 1234), ("e-mail", 5)], ("source", "rows"), indent="") == (
        "source   rows\n------  -----\nweb     1,234\ne-mail      5"
    )


def test_an_empty_table_shows_its_header_only() -> None:
    assert table([], ("a", "b"), indent="") == "a  b\n-  -"
    assert table([]) == ""


def test_a_terminal_never_obeys_a_log() -> None:
    assert printable("\x1b]0;owned\x07\x1b[2J") == "�]0;owned��[2J"
    assert "\n" not in table([("two\nlines", 1)])


@pytest.mark.parametrize(("share", "text"), [(0.1234, "12.3 %"), (0.0, "0.0 %"), (1.0, "100.0 %"), (None, "")])
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_json_goes_to_standard_output_and_messages_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    @dataclass
    class Found:
        file: Path
        at: datetime

    out = Output(as_json=True)
    out.say("reading")
    out.answer({"found": Found(Path("a.csv"), datetime(2026, 1, 2, tzinfo=UTC))}, "text for people")
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"found": {"file": "a.csv", "at": "2026-01-02T00:00:00+00:00"}}
    assert printed.err == "reading\n"


def stage(name: str, rate: float | None, *, small: bool | None = False) -> dict[str, object]:
    counts = {"stage": name, "reached": 10, "advanced": 5, "dropped": 3, "open": 2}
    interval = {"rate_low": rate and rate / 2, "rate_high": rate and rate * 2}
    return {**counts, "drop_off_rate": rate, **interval, "is_small": small}


def test_drop_off_says_what_a_missing_rate_means() -> None:
    text = drop_off_table([stage("Look", 0.25), stage("Want", None, small=True), stage("Have", None, small=None)])
    look, want, have = text.splitlines()[2:]
    assert look.split() == ["Look", "10", "5", "3", "2", "25.0", "%", "12.5", "%", "to", "50.0", "%"]
    assert want.endswith("too early to say")
    assert have.endswith("goal")


def test_a_rate_of_zero_is_a_rate() -> None:
    assert "0.0 %" in drop_off_table([stage("Look", 0.0), stage("Have", None)]).splitlines()[2]
