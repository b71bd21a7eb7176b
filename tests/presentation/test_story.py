"""The optional tables on the pages: in words, escaped, and exported so that no spreadsheet executes them."""

from __future__ import annotations

import base64
import csv
import io
import re
from pathlib import Path

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.presentation.exports import FIGURES, harmless
from journey_analytics.presentation.periods import in_words
from journey_analytics.presentation.queries import read
from journey_analytics.presentation.story import cards, hurts
from tests.presentation.test_report import Page, written
from tests.presentation.warehouse import HOSTILE, build


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("story") / "journeys.duckdb", journeys=200)


@pytest.fixture(scope="module")
def pages(rich: Path) -> dict[str, str]:
    return written(rich, rich.parent / "report")


def test_kpis_say_no_more_than_their_intervals(rich: Path) -> None:
    told = {card.title: (card.value, card.note) for card in cards(read(rich).marts.kpis)}
    assert told["Orders"] == ("31", "up from 20")
    assert told["Journeys that convert"][1].endswith("no clear change")
    assert told["Order again"] == ("\u2013", "too early to say")


def test_only_ranked_cells_are_named_on_the_overview(rich: Path) -> None:
    found = hurts(read(rich).marts.cells)
    assert {cell.item for cell in found} == {HOSTILE}
    assert all(cell.rank is not None for cell in found)


def test_the_map_shows_every_stage_and_says_where_nobody_was_asked(pages: dict[str, str]) -> None:
    page = Page(pages["map.html"])
    for words in ("Awareness", "Loyalty", "What hurts", "Who could be won", "No evidence", "2.0\u00d7"):
        assert words in page.text
    assert "x" * 200 not in page.text  # cut, and still whole in the CSV


def test_groups_have_their_kpis_map_and_ways(rich: Path, pages: dict[str, str]) -> None:
    overview = Page(pages["index.html"]).text
    assert "Compare by device" in overview
    table = re.search(r"The last 28 days by device.*?</table>", pages["index.html"], re.DOTALL)
    assert table
    words = Page(table[0]).text
    assert "mobile 31 before 20" in words  # of the last 28 days, and of those before
    assert "cohort" not in words
    # a group's map carries the SQL of the whole of it; each figure's own stands in the table
    sql = re.findall(r"where segment = (&#39;device&#39;[^<]*?) order by", pages["map.html"])
    assert sql == ["&#39;device&#39; and segment_value = &#39;mobile&#39;"]
    con = connect(rich, read_only=True)
    n = con.execute("select count(*) from journey_map where segment_value = 'mobile'").fetchall()[0][0]
    con.close()
    encoded = re.search(r'href="data:text/csv;charset=utf-8;base64,([^"]+)" download="map-g\d+.csv"', pages["map.html"])
    assert encoded
    assert base64.b64decode(encoded[1]).decode().count("\r\n") == n + 1


def test_every_figure_has_its_definition_its_rows_and_its_query(rich: Path, pages: dict[str, str]) -> None:
    text = "".join(pages.values())
    con = connect(rich, read_only=True)
    names = set(re.findall(r'download="(\w+)\.csv"', text))
    assert names == set(FIGURES)
    for name, (_, definition, sql) in FIGURES.items():
        assert definition.split(".")[0] in Page(text).text
        encoded = re.search(rf'href="data:text/csv;charset=utf-8;base64,([^"]+)" download="{name}.csv"', text)
        assert encoded
        rows = list(csv.reader(io.StringIO(base64.b64decode(encoded[1]).decode())))
        result = con.execute(sql)
        assert rows[0] == [column[0] for column in result.description or []]
        assert len(rows) - 1 == min(len(result.fetchall()), 2000)
        assert not [cell for row in rows[1:] for cell in row if cell[:1] in ("=", "+", "@") or cell[:2] == "-c"]
    con.close()


def test_what_moved_is_said_once_with_since_when(pages: dict[str, str]) -> None:
    text = Page(pages["index.html"]).text
    assert "A smaller share of journeys goes on from Awareness within 14 days since about 9 March 2026" in text
    assert "\u221231 to \u22128 points" in text
    assert "more orders since about" in text
    assert "revenue is" not in text.lower()  # within chance: nothing is said


def test_silent_where_nothing_moved(tmp_path: Path) -> None:
    path = build(tmp_path / "w.duckdb", journeys=60)
    con = connect(path)
    con.execute("update changes set survives = false")
    con.close()
    assert "What changed" not in written(path, tmp_path)["index.html"]


def test_channels_and_periods_in_words(pages: dict[str, str]) -> None:
    text = Page(pages["channels.html"]).text
    assert "Of 100 conversions most are credited to" in text
    assert "by what would be lost without each channel (Markov)." in text
    assert "60 % (95 % 55\u201365 %)" in text
    text = Page(pages["periods.html"]).text
    assert "February 2026 against January 2026" in text
    assert "Beyond chance is 1 of 2" in text
    assert "25.0 points more in the later" in text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "|x"])
def test_formulas_are_neutralised(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", [-1.5, 3, None, "plain", "a=b"])
def test_what_is_no_formula_stays(cell: object) -> None:
    assert harmless(cell) == cell


def test_a_warehouse_of_an_earlier_version_has_its_pages(tmp_path: Path) -> None:
    path = build(tmp_path / "w.duckdb", journeys=60)
    con = connect(path)
    for table in ("kpis", "variants", "event_transitions"):
        con.execute(f"alter table {table} drop column segment")
    con.close()
    made = written(path, tmp_path)
    assert "How the last 28 days compare" not in made["index.html"]
    assert "The commonest whole ways" not in made["paths.html"]
    assert "Show" in made["map.html"]


def test_a_warehouse_without_the_optional_tables_has_its_pages(tmp_path: Path) -> None:
    path = build(tmp_path / "w.duckdb", journeys=60)
    con = connect(path)
    for table in (
        "kpis",
        "stage_progress",
        "journey_map",
        "variants",
        "attribution",
        "changes",
        "period_comparisons",
        "segments",
    ):
        con.execute(f"drop table {table}")
    con.close()
    made = written(path, tmp_path)
    assert "How the last 28 days compare" not in made["index.html"]
    assert "no journey map yet" in made["map.html"]


def test_periods_are_named_as_people_say_them() -> None:
    assert [in_words(p) for p in ("2026-07", "2026-Q2", "2026", "2026-W10", "2026-13", "2026-Q5")] == [
        "July 2026", "Second quarter of 2026", "2026", "2026-W10", "2026-13", "2026-Q5",
    ]  # fmt: skip
