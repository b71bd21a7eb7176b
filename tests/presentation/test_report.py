import json
import re
import shutil
import stat
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.errors import JourneyError
from journey_analytics.presentation.charts import CONFIG
from journey_analytics.presentation.page import PAGES, _json
from journey_analytics.presentation.palette import COLOURS, swaps
from journey_analytics.presentation.queries import read
from journey_analytics.presentation.report import write_report
from tests.presentation.warehouse import CLOSING, HOSTILE, STAGES, build

NAMES = (HOSTILE, CLOSING, "<a href='javascript:owned()'>x</a>", "$\\alpha$ {{ 7*7 }} %{y}", "Goal & <b>glory</b>")


class Page(HTMLParser):
    """The elements of a page, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.bold = ""  # in b and i, which our figures use and names from the data must not
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.inside.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"b", "i"} & set(self.inside):
            self.bold += data
        if not {"script", "style"} & set(self.inside):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def figures(text: str) -> dict[str, Any]:
    """The figures of one page, or of several pages one after the other."""
    found = re.findall(r'<script type="application/json" id="figure-data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, Any] = {"figures": {}}
    for part in map(json.loads, found):
        data["figures"] |= part.pop("figures")
        data |= part
    return data


def written(warehouse: Path, folder: Path) -> dict[str, str]:
    """The pages of a warehouse by file name."""
    entry = write_report(warehouse, folder)
    assert entry == folder / "index.html"
    return {name: (folder / name).read_text(encoding="utf-8") for name in PAGES}


def colours_of(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if re.fullmatch(r"#[0-9a-fA-F]{3,8}|rgba?\(.*\)", value) else set()
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*(colours_of(part) for part in parts))


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("rich") / "journeys.duckdb", journeys=500)


@pytest.fixture(scope="module")
def pages(rich: Path) -> dict[str, str]:
    return written(rich, rich.parent / "report")


@pytest.fixture(scope="module")
def text(pages: dict[str, str]) -> str:
    return "".join(pages.values())


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_page_says_what_it_must(page: Page) -> None:
    for words in (
        "The largest drop\u2011off is at Retention",
        "Silent for longer than usual",
        "Drop-off by stage",
        "Compare by device",
        "too early to say",
        "Moves back",
        "There and straight back",
        "It holds for all 4 sources",
        "Why rows were rejected",
        "nothing says whose event it is",
        "mixed epoch units",
        "How to read this",
        "lifecycle, version 1",
        "Europe/Amsterdam",
    ):
        assert words in page.text


def test_every_stage_of_all_journeys_shows_without_a_script(text: str) -> None:
    shown = re.findall(r'<tbody id="rows-(g\d+)" data-group="g\d+" role="rowgroup">', text)
    assert shown == ["g0"]
    rows = text.split('<tbody id="rows-g0"')[1].split("</tbody>")[0]
    assert [name for name in STAGES if name in rows] == list(STAGES)


def test_nothing_is_fetched_and_only_our_scripts_may_run(text: str, page: Page) -> None:
    policies = [value for tag, _, value in page.attributes if tag == "meta" and "script-src" in value]
    assert len(policies) == len(PAGES)
    assert all("unsafe-inline" not in policy.split("style-src")[0] for policy in policies)
    assert sum(policy.startswith("default-src 'none'; script-src 'sha256-") for policy in policies) == 3
    assert sum(policy.startswith("default-src 'none'; script-src 'none'") for policy in policies) == len(PAGES) - 3
    assert page.tags["script"] == 5
    links = [a[2] for a in page.attributes if a[1] == "src" or (a[1] == "href" and not a[2].startswith(("#", "data:")))]
    assert {link.partition("#")[0] for link in links} == set(PAGES)
    groups = {link.partition("#show-")[2] for link in links if "#" in link}
    assert groups  # findings lead to the page opened at their group
    assert groups <= set(re.findall(r'<option value="(g\d+)"', text))
    assert text.count("plotly.js v") == 1


def test_no_page_is_larger_than_a_mail_would_carry(pages: dict[str, str]) -> None:
    assert {name: len(text) for name, text in pages.items() if len(text.encode()) > 6_000_000} == {}


def test_names_from_the_data_are_words_and_nothing_else(page: Page) -> None:
    assert page.tags["img"] == 0
    assert "bold" not in page.bold
    assert "none" not in page.bold
    assert [a for a in page.attributes if a[1].startswith("on")] == []
    assert CLOSING[:50] in page.text
    assert HOSTILE in page.text


def test_hostile_stage_names(tmp_path: Path) -> None:
    text = "".join(written(build(tmp_path / "w.duckdb", journeys=200, stages=NAMES), tmp_path).values())
    page = Page(text)
    assert page.tags["script"] == 5
    assert page.tags["img"] == 0
    labels = json.dumps(figures(text)["figures"])
    assert "<b>" not in labels
    assert "<script" not in labels


def test_only_sources_silent_for_longer_than_is_usual_for_them_are_named(rich: Path) -> None:
    found = {silence.source: (silence.days, silence.usual_days) for silence in read(rich).silences}
    assert found == {"email": (38, 2), HOSTILE: (3, 2)}


def test_moves_back_and_ping_pongs_are_counted(rich: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.duckdb"  # a version that had no table of turns
    shutil.copy(rich, earlier)
    con = connect(earlier)
    told = con.execute("select from_stage, to_stage, times from turns where turn = 'ping-pong'").fetchall()
    con.execute("drop table turns")
    visits = con.execute("select journey_id, stage from stage_visits order by journey_id, visit_number").fetchall()
    con.close()
    expected = Counter(
        (a[1], b[1]) for a, b, c in zip(visits, visits[1:], visits[2:], strict=False) if a[0] == c[0] and a[1] == c[1]
    )
    assert {(p.stage, p.other): p.times for p in read(earlier).ping_pongs} == expected
    assert [(p.stage, p.other, p.times) for p in read(rich).ping_pongs] == told


def test_tables_are_named_and_headed(page: Page) -> None:
    assert page.tags["caption"] == page.tags["table"]
    heads = [a for a in page.attributes if a[0] == "th" and a[1] == "scope"]
    assert len(heads) == page.tags["th"]
    assert all(a[2] in ("row", "col") for a in heads)


def test_figures_have_a_text_alternative_and_unique_ids(text: str, pages: dict[str, str]) -> None:
    for one in map(Page, pages.values()):
        assert len(one.ids) == len(set(one.ids))
        assert all(value for tag, name, value in one.attributes if tag == "svg" and name == "aria-label")
    drawn = figures(text)["figures"]
    assert set(drawn) == {"figure-flow"}
    assert re.search(r'<div id="figure-flow" [^>]*role="group" aria-label="[^"]{40,}"', text)
    assert len(re.findall(r'<div class="plot" role="img" aria-label="[^"]{40,}"', text)) > 40


def test_every_group_offered_has_rows_and_figures(pages: dict[str, str]) -> None:
    text = pages["drop-off.html"]
    offered = re.findall(r'<option value="(g\d+)"', text)
    assert len(offered) > 20
    for key in offered:
        assert text.count(f'data-group="{key}"') == 4  # rows, outcomes, rates, curves
        assert text.count(f'data-group="{key}" hidden') + text.count(f'data-group="{key}" role="rowgroup" hidden') == (
            0 if key == "g0" else 4
        )


def test_no_figure_offers_an_upload(text: str) -> None:
    assert figures(text)["config"] == CONFIG
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["displaylogo"] is False


def test_figures_use_only_colours_that_have_a_dark_partner(text: str) -> None:
    assert colours_of(figures(text)["figures"]) - {"rgba(0,0,0,0)"} <= set(swaps())


def test_data_cannot_end_the_element_it_stands_in() -> None:
    names = ["</script><script>x", "<!--", "a&b", "\u2028"]
    written = _json(names)
    assert not set("<>&") & set(written)
    assert json.loads(written) == names


def luminance(code: str) -> float:
    parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_contrast(mode: int) -> None:
    tone = {name: pair[mode] for name, pair in COLOURS.items()}
    for ground in ("ground", "surface", "raised"):
        assert all(contrast(tone[name], tone[ground]) >= 4.5 for name in ("text", "muted", "accent"))
    for mark in ("advanced", "completed", "dropped", "open", "start", "back"):
        assert contrast(tone[mark], tone["surface"]) >= 3
    for mark in ("advanced", "completed", "dropped"):  # numbers stand on these bars, in the colour of the ground
        assert contrast(tone["surface"], tone[mark]) >= 4.5
    assert contrast(tone["ink"], tone["open"]) >= 4.5
    assert contrast(tone["warn_text"], tone["warn_ground"]) >= 4.5


def test_the_same_warehouse_gives_the_same_bytes(rich: Path, tmp_path: Path) -> None:
    first, second = written(rich, tmp_path / "a"), written(rich, tmp_path / "b")
    assert first == second
    assert not any(str(rich.parent) in text for text in first.values())


def test_an_older_page_is_replaced_and_nothing_is_left_beside(rich: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    target = write_report(rich, tmp_path)
    assert target == tmp_path / "index.html"
    assert target.stat().st_size > 20_000
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(PAGES)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


@pytest.mark.parametrize(("journeys", "stages", "files"), [(0, STAGES, False), (0, STAGES, True), (0, (), False)])
def test_an_empty_warehouse(tmp_path: Path, journeys: int, stages: tuple[str, ...], files: bool) -> None:
    built = build(tmp_path / "w.duckdb", journeys=journeys, stages=stages, files=files)
    text = "".join(written(built, tmp_path).values())
    assert "No journeys yet" in text
    assert figures(text)["figures"] == {}


def test_columns_the_contract_does_not_promise_may_be_absent(tmp_path: Path) -> None:
    path = build(tmp_path / "w.duckdb", journeys=0)
    con = connect(path)
    con.execute(
        "alter table runs drop column timezone; alter table files drop column flags; alter table runs drop stage_model"
    )
    con.close()
    assert "dates in UTC" in Page(write_report(path, tmp_path).read_text(encoding="utf-8")).text


def test_a_warehouse_that_names_no_run(tmp_path: Path) -> None:
    path = build(tmp_path / "w.duckdb", journeys=0)
    con = connect(path)
    con.execute("delete from runs")
    con.close()
    assert "names no run" in write_report(path, tmp_path).read_text(encoding="utf-8")


def test_one_stage(tmp_path: Path) -> None:
    text = "".join(written(build(tmp_path / "w.duckdb", journeys=40, stages=("Only",)), tmp_path).values())
    assert "Too early to say where journeys stop" in text
    assert "40 completed" in text


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 500])
def test_no_warehouse_is_said_in_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "w.duckdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JourneyError) as caught:
        write_report(path, tmp_path / "report")
    assert caught.value.problems[0].remedy
    assert not (tmp_path / "report").exists()
