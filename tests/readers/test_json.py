"""JSON lines, arrays and documents."""

from __future__ import annotations

import json

import pytest

from tests.readers.conftest import Reader


def test_lines(read: Reader) -> None:
    got = read(b'{"a": 1}\n\n {"b": 2} \n[{"c": 3}, {"c": 4}]\n')
    assert (got.raw.format, got.raw.is_json, got.names) == ("jsonl", True, ["doc"])
    assert [(line, json.loads(doc)) for line, doc in got.rows] == [
        (1, {"a": 1}),
        (3, {"b": 2}),
        (4, [{"c": 3}, {"c": 4}]),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends(read: Reader, end: bytes, mark: bytes) -> None:
    got = read(mark + end.join([b'{"a":1}', b"", b'{"a":2}']))
    assert got.rows == [(1, '{"a":1}'), (3, '{"a":2}')]


@pytest.mark.parametrize("dirt", [b"", b"\xff", b"\0", b"\x01"])
def test_broken_lines_and_values_that_are_no_records(read: Reader, dirt: bytes) -> None:
    got = read(b'{"a":1}\n{"a":\n3\n"x"\nnull\n{"a":1}{"b":2}\n{"a":4}\n{"d":5}\n{"e":6}\n{"f":7}\n{"g":8}\n' + dirt)
    assert [row[0] for row in got.rows] == [1, 7, 8, 9, 10, 11]
    assert got.reasons[:5] == [(line, "unreadable_row") for line in (2, 3, 4, 5, 6)]
    assert len(got.rejects) == 5 + bool(dirt)
    assert got.raw.rejects[0].raw == '{"a":'


def test_only_the_line_that_is_not_utf8_or_too_long_is_lost(read: Reader) -> None:
    long = b'{"a":"' + b"x" * 1_000_000 + b'"}'
    got = read(b'{"a":1}\n{"a":"\xe9"}\n{"a":"\x00"}\n' + long + b'\n{"a":2}\n')
    assert [row[0] for row in got.rows] == [1, 5]
    assert got.reasons == [(2, "not_utf8"), (3, "unreadable_row"), (4, "too_long")]


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays(read: Reader, indent: int | None) -> None:
    records = [{"a": i, "b": {"c": ["x]", '"{']}} for i in range(300)]
    got = read(json.dumps(records, indent=indent).encode())
    assert got.raw.format == "json"
    assert [(line, json.loads(doc)) for line, doc in got.rows] == list(enumerate(records, 1))
    assert json.loads(got.raw.raw_lines([7])[7]) == records[6]


def test_an_array_with_a_line_per_record_is_an_array(read: Reader) -> None:
    got = read(b'[{"a":1},\n{"a":2},\n{"a":3}\n]\n')
    assert got.rows == [(1, '{"a":1}'), (2, '{"a":2}'), (3, '{"a":3}')]


def test_array_elements_that_are_no_records(read: Reader) -> None:
    got = read(b'[{"a":1}, 3, null, [{"b":2}], "x"]')
    assert got.rows == [(1, '{"a":1}'), (4, '[{"b":2}]')]
    assert got.reasons == [(2, "unreadable_row"), (3, "unreadable_row"), (5, "unreadable_row")]


@pytest.mark.parametrize("rest", [b', {"a": 3, "b', b', {"a": 3}', b",", b" {}]", b"] more", b', {"a":]}, {"a": 4}]'])
def test_a_broken_array_keeps_what_stands_before_the_break(read: Reader, rest: bytes) -> None:
    got = read(b'[{"a":1},\n{"a":"]"}' + rest)
    assert [row[1] for row in got.rows][:2] == ['{"a":1}', '{"a":"]"}']
    assert len(got.rejects) == 1
    assert got.raw.rejects[0].reason == "unreadable_row"


def test_one_broken_element_costs_only_itself(read: Reader) -> None:
    got = read(b'[{"a":1},{"a":tru},{"a":"\xff"},{"a":4}]')
    assert [row[0] for row in got.rows] == [1, 4]
    assert got.reasons == [(2, "unreadable_row"), (3, "not_utf8")]


def test_pretty_printed_objects(read: Reader) -> None:
    one = json.dumps({"results": [{"a": 1}, {"b": 2}]}, indent=1).encode()
    assert [json.loads(doc) for _, doc in read(one).rows] == [json.loads(one)]
    several = read(one + b"\n" + one + one)
    assert [line for line, _ in several.rows] == [1, 2, 3]
    assert read(one[:-3]).reasons == [(1, "unreadable_row")]


def test_objects_on_one_line(read: Reader) -> None:
    assert read(b'{"a":1}{"a":2} {"a":3},{"a":4}').rows == [(i, f'{{"a":{i}}}') for i in (1, 2, 3, 4)]


def test_a_document_may_be_longer_than_a_line(read: Reader) -> None:
    big = {"results": [{"id": i, "text": "x" * 100} for i in range(20_000)]}
    got = read(json.dumps(big).encode())
    assert json.loads(got.rows[0][1]) == big
    assert read(json.dumps(big).encode(), max_document=1_000_000).reasons == [(1, "too_long")]


@pytest.mark.parametrize("content", [b"", b"[]", b" [ ] \n"])
def test_nothing(read: Reader, content: bytes) -> None:
    assert read(content, format="json").raw.rows == 0


def test_formats_can_be_forced(read: Reader) -> None:
    assert read(b'[{"a":1},{"a":2}]', format="jsonl").rows == [(1, '[{"a":1},{"a":2}]')]
    assert read(b'{"a":1}\nx\n{"a":2}\n{"a":3}\n', format="json").reasons == [(2, "unreadable_row")]
    assert read(b"3\n4\n", format="jsonl").reasons == [(1, "unreadable_row"), (2, "unreadable_row")]


def test_original_lines(read: Reader) -> None:
    got = read(b'{"a":1}\r\n\xff\r\n' + b'{"b":"' + b"y" * 9000 + b'"}\r\n')
    assert got.raw.raw_lines([1, 2, 9]) == {1: '{"a":1}', 2: r"\xff"}
    assert len(got.raw.raw_lines([3])[3]) == 4000
    assert got.raw.raw_lines([]) == {}
