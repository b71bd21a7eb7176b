"""Vendors' excerpts, mutated: whatever a file holds, each of its rows is staged once, with a reason where it is bad.

Few examples by default; `JOURNEY_FUZZ=200` (files per format family) for a long run.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.errors import JourneyError
from tests.connectors.web_rows import EXCERPTS, WEB, ga4, staged
from tests.ingest.staging import rows

EXAMPLES = int(os.environ.get("JOURNEY_FUZZ", "6"))
GA4 = [ga4("page_view", page_location="https://a.example/é", n=3), ga4("purchase", value=1.5, currency="EUR")]
FAMILIES: dict[str, tuple[str, str, bytes]] = {
    "access log": ("access_log", "a.log", (WEB / "access.log").read_bytes()),
    "snowplow lines": ("snowplow", "run", (WEB / "snowplow_enriched.tsv").read_bytes() * 4),
    "ga4 rows": ("ga4", "a.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in GA4 * 5)),
    "ga4 table": ("ga4", "event.csv", (WEB / "ga4_event_data.csv").read_bytes()),
    "posthog": ("posthog", "a.json", (WEB / "posthog_events.json").read_bytes()[:20_000]),
    "mixpanel table": ("mixpanel", "event.csv", (WEB / "mixpanel_event.csv").read_bytes()),
    "amplitude table": ("amplitude", "event.csv", (WEB / "amplitude_event_data.csv").read_bytes()),
}
BITS = [
    b'"',
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b"\\",
    b"\xff",
    b"\x01",
    b"[",
    b"]",
    b"{",
    b"}",
    b"null",
    b'"key"',
    b" - ",
]

EDITS = st.lists(
    st.tuples(st.sampled_from(["cut", "drop", "twice", "insert", "flip"]), st.floats(0, 1), st.floats(0, 0.05),
              st.sampled_from(BITS)),
    max_size=8,
)  # fmt: skip


def mutated(content: bytes, edits: list[tuple[str, float, float, bytes]]) -> bytes:
    """The content after the edits; places and lengths are shares of its size."""
    for what, place, length, bit in edits:
        start = int(place * len(content))
        end = start + int(length * len(content))
        if what == "cut":
            content = content[: max(start, len(content) // 2)]
        elif what == "drop":
            content = content[:start] + content[end:]
        elif what == "twice":
            content = content[:end] + content[start:]
        elif what == "flip" and start < len(content):
            content = content[:start] + bytes([content[start] ^ 1 << len(bit)]) + content[start + 1 :]
        else:
            content = content[:start] + bit + content[start:]
    return content


def test_the_families_are_the_connectors() -> None:
    assert {family[0] for family in FAMILIES.values()} == set(EXCERPTS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_row_of_a_mutated_file_is_accounted_for(family: str) -> None:
    connector, name, content = FAMILIES[family]

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(EDITS)
    def check(edits: list[tuple[str, float, float, bytes]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(mutated(content, edits))
            try:
                found = staged(Path(folder), connector, name)
            except JourneyError as error:  # a file as a whole may be refused, in words
                assert all(problem.remedy for problem in error.problems)  # noqa: PT017
                return
            (file,) = found.files
            judged = rows(found, "line", "part", "reason", "ignored", "event_id")
            assert len(judged) == file.rows == len({row[:2] for row in judged})
            assert all(row[4] is not None for row in judged if row[2] is None and row[3] is None)
            if name.endswith(".log") or name == "run":  # a row per line that is not blank
                text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").removeprefix(b"\xef\xbb\xbf")
                assert file.rows == sum(bool(line.strip(b" \t")) for line in text.split(b"\n"))

    check()
