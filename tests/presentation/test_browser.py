"""The page in a real browser: it draws every figure, and nothing from the data runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from journey_analytics.presentation.page import PAGES
from journey_analytics.presentation.report import write_report
from tests.presentation.test_report import NAMES
from tests.presentation.warehouse import build

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))),
    None,
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: the page was not tried in a browser"),
]


def dom(page: Path, profile: Path) -> str:
    """The document after its scripts have run."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    where = [
        f"--user-data-dir={profile}",
        "--virtual-time-budget=8000",
        "--window-size=1280,2000",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run([str(CHROMIUM), *flags, *where], capture_output=True, timeout=120, check=True)
    return done.stdout.decode()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("browser")
    write_report(build(folder / "w.duckdb", journeys=300, stages=NAMES), folder)
    return "".join(dom(folder / name, folder / "profile") for name in PAGES)


def test_every_figure_is_drawn(drawn: str) -> None:
    assert re.findall(r'data-drawn="(\d+)"', drawn) == ["2", "1"]
    for name in ("figure-outcomes", "figure-rates", "figure-flow"):
        figure = drawn.split(f'<div id="{name}"')[1].split("</figure>")[0]
        assert "main-svg" in figure
        assert len(re.findall(r"<path ", figure)) > 5


def test_nothing_from_the_data_runs_or_becomes_markup(drawn: str) -> None:
    assert "data-owned" not in drawn
    assert "<img" not in drawn
    flow = drawn.split('<div id="figure-flow"')[1].split("</figure>")[0]
    assert "&lt;script&gt;" in flow  # the name, as a name
    assert "<a " not in flow
    assert not re.search(r"font-weight:\s*bold", flow)


def test_the_chooser_is_there_with_scripts_only(drawn: str) -> None:
    assert re.search(r'<p class="chooser">', drawn)
