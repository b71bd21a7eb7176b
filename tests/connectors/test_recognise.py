"""Each excerpt is known as its vendor's and as no other's, by what `journey init` asks; most by the very table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.guess.recognise import Recogniser
from journey_analytics.guess.sample import take_sample
from tests.fuzz import documented

VENDORS = Path(__file__).parent.parent / "data" / "vendors"
FILES = sorted(
    path.relative_to(VENDORS).as_posix()
    for path in VENDORS.rglob("*")
    if path.suffix in (".csv", ".json", ".tsv", ".log")
)
#: Excerpts whose folder or name does not begin with the vendor's.
OTHERS = {"example_segment_pages.csv": "segment", "web/access.log": "access_log"}
#: Formats without an excerpt, as their vendors document them: name -> connector, content.
DOCUMENTED: dict[str, tuple[str, str]] = {
    "users.json": (
        "zendesk",
        json.dumps({"users": [{**documented.ZENDESK_USERS[0], "ticket_restriction": "requested"}]}),
    ),
    "audits.json": ("zendesk", json.dumps({"audits": documented.ZENDESK_AUDITS})),
    "posted.jsonl": (
        "zendesk",
        "\n".join(json.dumps({**row, "zendesk_event_version": "1"}) for row in documented.ZENDESK_POSTED),
    ),
    "survey.csv": ("survey", documented.SURVEY),
    "api.json": ("klaviyo", json.dumps({"data": documented.KLAVIYO_API})),
    "activities.json": ("marketo", json.dumps({"result": documented.MARKETO_API})),
    "mailgun.txt": ("mailgun", "\n".join(body + "&signature=s" for body in documented.MAILGUN_FORMS)),
    "ga4.jsonl": ("ga4", "\n".join(map(json.dumps, documented.GA4))),
    "calls.jsonl": ("segment", "\n".join(map(json.dumps, documented.SEGMENT))),
}
#: Tables of no vendor.
NOBODYS = {"rows.csv": documented.ROWS, "wide.csv": documented.WIDE_ROWS, "deals.csv": documented.DEALS}


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


def known(recogniser: Recogniser, path: Path, folder: Path) -> tuple[set[str], str | None]:
    """The connectors whose marks a file bears, and the table it is taken for."""
    with connect(threads=1) as con:
        sample = take_sample(con, path, folder)
    best: Any = recogniser.recognise(sample)
    return {match.connector for match in recogniser.matches(sample)}, None if best is None else best.stream


def vendor(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return OTHERS.get(name) or (folder if folder not in ("", "web") else file.replace("_", ".").split(".")[0])


@pytest.mark.parametrize("name", FILES)
def test_an_excerpt_is_its_vendors_alone(recogniser: Recogniser, tmp_path: Path, name: str) -> None:
    found, stream = known(recogniser, VENDORS / name, tmp_path)
    assert found == {vendor(name)}
    assert stream == recogniser.reader(vendor(name), VENDORS / name)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_rows_are_their_vendors_alone(recogniser: Recogniser, tmp_path: Path, name: str) -> None:
    connector, content = DOCUMENTED[name]
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert known(recogniser, tmp_path / name, tmp_path)[0] == {connector}


@pytest.mark.parametrize("name", NOBODYS)
def test_a_table_of_no_vendor_is_nobodys(recogniser: Recogniser, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(NOBODYS[name], encoding="utf-8")
    assert known(recogniser, tmp_path / name, tmp_path)[0] == set()


def test_every_connector_is_tried(recogniser: Recogniser) -> None:
    assert {vendor(name) for name in FILES} | {connector for connector, _ in DOCUMENTED.values()} == set(
        recogniser.connectors
    )
