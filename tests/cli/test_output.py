"""What commands print: numbers aligned, values from logs harmless."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from journey_analytics.cli.answers import drop_off_table
from journey_analytics.cli.main import main
from journey_analytics.cli.output import Output, columns, cut, percent, printable, table


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


WIDE, ACCENT, HEBREW = "購入", "cafe\u0301", "\u05e7\u05e0\u05d9\u05d9\u05d4"


def test_columns_stand_under_each_other_whatever_the_letters() -> None:
    rows = [(name, 7) for name in ("page_viewed", WIDE, ACCENT, HEBREW, "\U0001f600", "x" * 30)]
    assert {columns(line) for line in table(rows, ("event", "times")).splitlines()} == {2 + 30 + 2 + 5}
    assert (columns(WIDE), columns(ACCENT), columns("\u200e")) == (4, 4, 0)


def test_what_follows_a_name_from_right_to_left_keeps_its_place() -> None:
    assert f"{HEBREW}\u200e" in table([(HEBREW, 7)])
    assert cut(HEBREW, 20) == HEBREW + "\u200e"
    assert cut("\u202eexe", 20) == "�exe"


@pytest.mark.parametrize("name", ["x" * 100, WIDE * 50, HEBREW * 20, ACCENT * 30])
@pytest.mark.parametrize("room", [8, 21, 40])
def test_a_long_name_is_cut_to_its_room(name: str, room: int) -> None:
    assert room - 1 <= columns(cut(name, room)) <= room
    assert "…" in cut(name, room)


def test_json_is_json_whatever_the_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).answer({"value": float("nan"), "rows": [{"high": float("inf"), "low": 1.5}]}, "")
    text = capsys.readouterr().out
    assert json.loads(text, parse_constant=lambda name: pytest.fail(name)) == {
        "value": None,
        "rows": [{"high": None, "low": 1.5}],
    }


def test_a_terminal_without_the_letters_is_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Names that the terminal's encoding lacks, and arguments that are no text at all."""
    for encoding in ("ascii", "utf-8"):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        assert main(["customer", "x", "--json", "--config", str(tmp_path / f"{WIDE}\udcff.yaml")]) == 2
        Output(as_json=True).answer({"name": WIDE}, "")
        Output(as_json=False).answer({}, f"{WIDE} \udcff")
        out.flush()
        said = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
        assert json.loads(said.partition("}")[0] + "}") == {"name": WIDE}
        assert said.endswith("\\udcff\n")
