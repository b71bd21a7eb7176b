"""The page of the shipped sample, as the whole pipeline publishes it."""

from pathlib import Path

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.presentation.numbers import count
from tests.presentation.test_report import Page, figures, written


@pytest.mark.slow
def test_the_page_of_the_sample(sample_warehouse: Path, tmp_path: Path) -> None:
    pages = written(sample_warehouse, tmp_path)
    text = "".join(pages.values())
    con = connect(sample_warehouse, read_only=True)
    stages = con.execute("select stage, reached from drop_off where segment = 'all' order by stage_rank").fetchall()
    sources = con.execute("select source, sum(rows)::bigint from files group by source").fetchall()
    con.close()
    words = Page(text).text
    assert stages
    for name, number in stages:
        assert f"{name} {count(number)}" in words  # a row of the table: the stage, then how many reached it
    for _, number in sources:
        assert f" {count(number)} " in words
    assert set(figures(text)["figures"]) == {"figure-flow"}
    assert "It holds for all" in words
    for part in (
        "How the last 28 days compare",
        "How fast it is decided",
        "What hurts",
        "Who could be won",
        "What stands out",
    ):
        assert part in words
    assert all(len(text.encode()) < 6_000_000 for text in pages.values())
