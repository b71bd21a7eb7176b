"""The pages in a real browser: they equal the tables, run nothing from the data, and serve whoever looks at them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.presentation.numbers import clean, count, percent
from journey_analytics.presentation.page import PAGES
from journey_analytics.presentation.report import write_report
from tests.conftest import once
from tests.presentation.test_report import NAMES
from tests.presentation.warehouse import HOSTILE, build
from tests.presentation.warehouse import STAGES as PLAIN

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))),
    None,
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: the pages were not tried in a browser"),
]
#: The width of A4 less its margins.
A4 = 688
LONG = "x" * 5000
TURNED = "\u202egnitset \u2067\u200f"
#: Names that would break a careless page: markup, a formula, marks that turn the text, and far too much of it.
STAGES = (HOSTILE, f"=1+1{TURNED}", *NAMES[2:4], f"Goal {LONG}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pages(tmp_path_factory, "hostile_pages", STAGES)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pages(tmp_path_factory, "plain_pages", PLAIN)


def pages(factory: pytest.TempPathFactory, name: str, stages: tuple[str, ...]) -> Path:
    """The folder of a warehouse and its pages, made once."""

    def make(folder: Path) -> str:
        folder.mkdir()
        write_report(build(folder / "w.duckdb", journeys=300, stages=stages), folder)
        return str(folder)

    return Path(once(factory, name, make))


def look(browser: Any, page: Path, **how: Any) -> tuple[Any, list[str]]:
    """A page as it stands after its scripts have run, and what the browser complained of."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
    opened, complaints = context.new_page(), []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: complaints.append(request.url) if outside(request.url) else None)
    opened.goto(page.as_uri())
    return opened, complaints


def outside(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))


@pytest.mark.parametrize("name", list(PAGES))
@pytest.mark.parametrize(
    ("how", "rules"),
    [
        ({"color_scheme": "light"}, None),
        ({"color_scheme": "dark"}, ["color-contrast"]),  # only colours differ from the light page, so only their rule
        ({"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}, None),
    ],
    ids=["light", "dark", "phone"],
)
def test_no_complaint_and_no_serious_finding(
    browser: Any, hostile: Path, name: str, how: dict[str, Any], rules: list[str] | None
) -> None:
    """Axe-core's rules for whoever sees, hears or steers a page differently; nothing runs, nothing is fetched."""
    page, complaints = look(browser, hostile / name, **how)
    answer = axe.Axe().run(page, options={"runOnly": rules} if rules else None).response
    serious = [
        (v["id"], v["nodes"][0]["html"][:200]) for v in answer["violations"] if v["impact"] in ("serious", "critical")
    ]
    tried = [rule["id"] for kind in ("passes", "violations", "incomplete", "inapplicable") for rule in answer[kind]]
    wide = page.evaluate("document.documentElement.scrollWidth")
    owned, images = page.evaluate("[document.documentElement.dataset.owned || '', document.images.length]")
    on_paper = paper(page) if how == {"color_scheme": "light"} else None  # here, as drawing a page takes seconds
    page.context.close()
    assert complaints == []
    assert serious == []
    assert "color-contrast" in tried
    assert wide <= how.get("viewport", {"width": 1280})["width"]  # nothing sticks out, however long its name
    assert (owned, images) == ("", 0)
    if on_paper is not None:
        assert on_paper[0] <= A4
        assert on_paper[1].startswith(b"%PDF")


def paper(page: Any) -> tuple[int, bytes]:
    """How wide the page is where it is printed on A4, and the printed page."""
    page.set_viewport_size({"width": A4, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")  # as the browser's own dialog does
    return page.evaluate("document.documentElement.scrollWidth"), page.pdf(format="A4")


def test_the_page_of_drop_off_equals_its_table_for_every_group(browser: Any, plain: Path) -> None:
    page, complaints = look(browser, plain / "drop-off.html")
    with connect(plain / "w.duckdb", read_only=True) as con:
        expected = drop_off(con)
    shown: dict[str, list[list[str]]] = {}
    for option in page.locator("#group option").all():
        page.select_option("#group", option.get_attribute("value"))
        key = str(page.locator("caption .group-name").first.text_content())
        rows = page.locator("table.stages tbody:visible tr").all()
        shown[key] = [[cell.strip() for cell in row.inner_text().split("\t")] for row in rows]
        assert page.locator(".plot:visible").count() == 2
    page.context.close()
    assert complaints == []
    assert len(shown) > 20
    told = [
        [*row[:2], *(re.findall(r"[\d.]+\u00a0%", row[5])[:1] if len(row) > 5 else [])] for row in shown["All journeys"]
    ]
    assert told == expected


def drop_off(con: duckdb.DuckDBPyConnection) -> list[list[str]]:
    """Stage, reached and the rate of all journeys, as the page writes them; no rate at the goal."""
    rows = con.execute(
        "select stage, reached, drop_off_rate from drop_off where segment = 'all' order by stage_rank"
    ).fetchall()
    return [[clean(s), count(n), *([percent(rate)] if rate is not None else [])] for s, n, rate in rows]


def test_the_other_pages_equal_their_tables(browser: Any, plain: Path) -> None:
    with connect(plain / "w.duckdb", read_only=True) as con:
        moves = con.execute("select transitions from transitions where segment = 'all' order by 1").fetchall()
        files = con.execute("select source, sum(rows)::bigint from files group by source order by 1").fetchall()
        ways = con.execute(
            "select journeys from variants where segment = 'all' order by journeys desc, variant"
        ).fetchall()
        orders = con.execute(
            "select value from kpis where segment = 'all' and kpi = 'orders' and period = 'last 28 days'"
        ).fetchall()[0][0]
        cells = con.execute(
            "select count(*) from journey_map where segment = 'all' and metric = 'customers_not_advanced'"
        ).fetchall()[0][0]
    page, _ = look(browser, plain / "paths.html")
    numbers = page.locator(".matrix td strong").all_text_contents()
    assert sorted(int(number.replace(",", "")) for number in numbers) == [n for (n,) in moves]
    assert page.locator("#variants tbody:visible td:nth-child(2)").all_text_contents() == [count(n) for (n,) in ways]
    assert page.evaluate("document.documentElement.dataset.drawn") == "1"
    assert page.locator("#figure-flow .sankey-link").count() > 5
    page.goto((plain / "data.html").as_uri())
    heads = page.locator("#data table").first.locator("tbody tr")
    read = [(row.locator("th").inner_text(), row.locator("td").nth(1).inner_text()) for row in heads.all()]
    assert [number for _, number in read] == [count(n) for _, n in files]
    page.goto((plain / "index.html").as_uri())
    assert page.locator("#kpis .card", has_text="Orders").locator(".figure").inner_text() == f"{orders:.0f}"
    assert page.locator("#kpis .card", has_text="Revenue").locator(".figure").inner_text() == "\u20ac\u00a02,790"
    page.goto((plain / "map.html").as_uri())
    lane = page.locator(".map:visible tbody tr", has_text="Who could be won")
    assert lane.locator("li").count() == cells
    page.context.close()


def test_maps_and_ways_show_the_group_that_is_chosen(browser: Any, plain: Path) -> None:
    page, complaints = look(browser, plain / "map.html")
    titles = {}
    for option in page.locator("#group option").all():
        page.select_option("#group", option.get_attribute("value"))
        titles[option.get_attribute("value")] = page.locator("section.one-map:visible h2").all_inner_texts()
        assert page.locator(".map:visible tbody tr").count() == 9
    assert [len(shown) for shown in titles.values()] == [1, 1, 1]  # one map at a time
    assert sorted(shown[0].split(" 90")[0] for shown in titles.values())[0] == "All journeys"
    # an address that names a group opens there, as the findings of the overview do
    key = list(titles)[-1]
    page.goto((plain / "paths.html").as_uri() + f"#show-{key}")
    assert page.locator("#group").input_value() == key
    assert page.locator("#variants tbody:visible td:nth-child(2)").first.text_content() in ("38", "39")
    assert page.locator("#events tbody:visible td:nth-child(3)").first.text_content() in ("5", "6")
    page.focus("#group")
    page.keyboard.press("Home")
    assert page.locator("#variants tbody:visible td:nth-child(2)").first.text_content() == "40"
    page.context.close()
    assert complaints == []


def test_everything_that_can_be_used_is_reached_by_the_keyboard(browser: Any, plain: Path) -> None:
    page, _ = look(browser, plain / "drop-off.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if reached[-1] == "BODY":
            break
    usable = page.locator("a:visible, select:visible, summary:visible, [tabindex='0']:visible").count()
    assert len(reached) - reached.count("BODY") >= usable - 1  # the skip link was the first
    page.focus("#group")
    page.keyboard.press("ArrowDown")
    assert page.locator("caption .group-name").first.text_content() != "All journeys"
    page.focus("summary >> nth=0")
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
    width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    page.context.close()
    assert width >= 2  # one sees where one is


def test_dark_is_dark_and_paper_is_white(browser: Any, plain: Path) -> None:
    page, _ = look(browser, plain / "paths.html", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(20, 23, 28)"
    node = page.locator("#figure-flow .node-rect").nth(1)
    assert "91, 157, 240" in node.evaluate("e => getComputedStyle(e).fill")  # the figure follows
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert page.locator("nav").is_hidden()
    assert page.locator(".tools").first.is_hidden()
    page.context.close()


def test_names_from_the_data_are_words_in_pages_and_figures(browser: Any, hostile: Path) -> None:
    page, _ = look(browser, hostile / "paths.html")
    flow = page.locator("#figure-flow")
    assert "<script>" in flow.inner_text()  # the name, as a name
    assert flow.locator("a").count() == 0
    assert page.locator("body").inner_text().count("\u202e") == 0  # marks that turn the text are shown as such
    assert LONG not in page.locator("body").inner_text()
    page.context.close()
