"""Text logs: a row per line, taken apart by a pattern or at a delimiter; every line accounted for."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from journey_analytics.connectors.patterns import group_names, pattern_fault
from journey_analytics.errors import JourneyError
from journey_analytics.ingest.readers import Scan
from tests.readers.conftest import Reader

PATTERN = r'(?P<at>\d+) (?:\[x\] )?(?P<who>\S+)( "(?P<what>[^"]*)")?'


def distrusted(seen: Scan) -> Scan:
    return replace(seen, plain_ends=False, is_utf8=False)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("slow", [False, True])
def test_a_pattern_takes_lines_apart(read: Reader, ends: bytes, slow: bool) -> None:
    content = ends.join([b'1 ann "a, b"', b"", b"  ", b"2 [x] bob", b"three cem", "4 é".encode(), b'5 d "x" tail'])
    got = read(content, change=distrusted if slow else None, format="lines", pattern=PATTERN)
    assert got.names == ["at", "who", "what"]
    assert got.rows == [(1, "1", "ann", "a, b"), (4, "2", "bob", ""), (6, "4", "é", "")]
    assert got.rejects == [(line, "unreadable_row", "does not match the pattern") for line in (5, 7)]
    assert got.raw.raw_lines([5]) == {5: "three cem"}
    assert got.raw.salvaged is slow


def test_lines_that_are_no_text(read: Reader) -> None:
    got = read(
        b"1 a\n2 \xff\n3 b\x00\n4 c\x01\n5 " + b"x" * 300 + b"\n6 f", format="lines", pattern=PATTERN, max_line=200
    )
    assert [row[:2] for row in got.rows] == [(1, "1"), (6, "6")]
    assert [reason for _, reason in got.reasons] == ["not_utf8", "unreadable_row", "unreadable_row", "too_long"]
    packed = gzip.compress(b"1 a\n2 b\n", mtime=0)
    assert len(read(packed, format="lines", pattern=PATTERN).rows) == 2
    assert read(packed[:-9], format="lines", pattern=PATTERN).raw.flags == ["truncated"]


def test_cells_without_quoting_or_header(read: Reader) -> None:
    got = read(b'1\t"a\tb\n2\t\t\n3\tx\n', format="lines", delimiter="\t", columns=["at", "who", "__line"])
    assert got.raw.line_column == "__line_"
    assert got.rows == [(1, "1", '"a', "b"), (2, "2", "", "")]
    assert got.rejects == [(3, "unreadable_row", "expected 3 cells, found 2")]


def test_a_csv_file_without_header(read: Reader) -> None:
    got = read(b'1,"a, b"\n2,c\n3\n', header=False, columns=["at", "who"])
    assert got.rows == [(1, "1", "a, b"), (2, "2", "c")]
    assert got.reasons == [(3, "unreadable_row")]


def test_no_way_to_take_a_line_apart_is_told(read: Reader) -> None:
    with pytest.raises(JourneyError, match="how a line is taken apart"):
        read(b"1 a\n", format="lines")


def test_groups_of_a_pattern() -> None:
    assert group_names(r"(?P<a>\()([)(]x)(?:y)(?i)(?P<b_2>[^](]\[(z))") == ["a", None, "b_2", None]
    assert group_names(r"\Q(?P<a>x\E(?P<b>y)") == ["b"]
    assert pattern_fault(r"(?P<a>x)") is None
    assert "missing" in str(pattern_fault("(?P<a>x"))
    assert "no named group" in str(pattern_fault("(x)"))
    assert "'a'" in str(pattern_fault("(?P<a>x)(?P<A>y)"))
