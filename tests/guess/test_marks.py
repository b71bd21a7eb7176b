"""Which connector a file belongs to, from its content alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from journey_analytics.guess.guess import guess
from journey_analytics.guess.marks import meets, objects_within, value_at

DATA = Path(__file__).parent.parent / "data" / "vendors"
LINE = '10.0.0.{n} - - [01/Mar/2024:08:00:0{n} +0000] "GET /p/{n} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n'


def recognised(folder: Path, file: Path) -> tuple[str, str | None]:
    (folder / "w").mkdir()
    found = guess([file], folder / "w")
    (source,) = found.sources
    streams = source.keys.get("streams")
    return source.keys["connector"], next(iter(streams)) if streams else None


@pytest.mark.parametrize("lines", [1, 5])
def test_an_access_log_by_its_pattern(lines: int, tmp_path: Path) -> None:
    log = tmp_path / "any.txt"
    log.write_text("".join(LINE.format(n=n) for n in range(lines)))
    assert recognised(tmp_path, log) == ("access_log", None)


def test_a_log_of_which_half_does_not_match_is_none(tmp_path: Path) -> None:
    log = tmp_path / "any.txt"
    log.write_text((LINE.format(n=1) + "started worker 7\n") * 4)
    (tmp_path / "w").mkdir()
    (left,) = guess([log], tmp_path / "w").left_out
    assert "pattern" in left.reason or "no column" in left.reason


def test_form_encoded_bodies_by_their_fields(tmp_path: Path) -> None:
    log = tmp_path / "hooks.txt"
    log.write_text(
        "type=subscribe&fired_at=2024-03-26+21%3A35%3A57&data%5Blist_id%5D=a6&data%5Bemail%5D=a%40x.org\n" * 3
    )
    assert recognised(tmp_path, log)[0] == "mailchimp"


def test_a_table_whose_columns_another_shares_is_told_by_its_name_where_that_fits(tmp_path: Path) -> None:
    head = "_fivetran_start,_fivetran_end,id,stage_name,is_won,is_closed,close_date,created_date,account_id\n"
    row = "2024-01-01,2024-02-01,7,Open,false,false,2024-05-01,2024-01-01,3\n"
    for number, (name, wanted) in enumerate(
        [("sf_opportunity_history.csv", None), ("export.csv", "opportunity_history")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_text(head + row)
        assert recognised(folder, folder / name) == ("salesforce", wanted)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a.b", 1),
        ("dotted.name", 2),
        ("list[1].c", 4),
        ("text.mail.id", 5),
        ("a.none", None),
        ("list[7].c", None),
        ("a.b.c", None),
    ],
)
def test_values_at_paths(path: str, value: Any) -> None:
    row = {"a": {"b": 1}, "dotted.name": 2, "list": [{"c": 3}, {"c": 4}], "text": '{"mail": {"id": 5}}'}
    assert value_at(row, path) == value


@pytest.mark.parametrize(
    ("value", "wanted", "answer"),
    [
        ("open", ["click", "open"], True),
        ("Open", "open", False),
        ("hard_bounce", "*bounce", True),
        ("[x]", "[x]", True),
        (True, True, True),
        ("no", False, True),
        (None, None, True),
        ("", "*", False),
        ("a", {"not": ["a", "b"]}, False),
        (7, "7", True),
    ],
)
def test_conditions_as_in_sql(value: Any, wanted: Any, answer: bool) -> None:
    assert meets(value, wanted) is answer


def test_objects_are_only_looked_for_where_rows_lead() -> None:
    document = {"batch": [{"id": 1, "properties": {"id": 2}}], "body": "a[id]=3&x=4"}
    assert [o.get("id") for o in objects_within([document], {"batch"})] == [None, 1]
    assert len(list(objects_within([document], {"batch", "body"}))) == 3
