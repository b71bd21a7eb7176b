"""CSV: what is read, what is rejected, and that one bad row costs no other."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from journey_analytics.errors import JourneyError
from tests.readers.conftest import Reader

BAD_QUOTE = "a quote is opened and not closed"


def test_plain_rows_with_their_lines(read: Reader) -> None:
    got = read(b"a,b\n1,x\n,\n3,z\n")
    assert got.names == ["a", "b"]
    assert got.rows == [(2, "1", "x"), (3, None, None), (4, "3", "z")]
    assert not got.raw.salvaged
    assert set(got.raw.columns.values()) == {"VARCHAR"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_judged_from_the_content(read: Reader, delimiter: str) -> None:
    text = 'id;x,y|z\n1;"a;b,c|d\te"\n2;plain, text\n'.replace(";", "§").replace(",", " ").replace("|", " ")
    got = read(text.replace("§", delimiter).encode())
    assert len(got.names) == 2
    assert [row[0] for row in got.rows] == [2, 3]


def test_a_wrong_delimiter_gives_one_column(read: Reader) -> None:
    got = read(b"a,b\n1,2\n", delimiter=";")
    assert (got.names, got.rows) == (["a,b"], [(2, "1,2")])


@pytest.mark.parametrize("delimiter", [",,", '"', "\n", "x"])
def test_an_impossible_delimiter_is_named(read: Reader, delimiter: str) -> None:
    with pytest.raises(JourneyError, match="delimiter"):
        read(b"a,b\n1,2\n", format="csv", delimiter=delimiter)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_byte_order_marks_and_a_missing_last_end(read: Reader, end: bytes, last: bool, mark: bytes) -> None:
    got = read(mark + end.join([b"a,b", b"1,2", b"3,4"]) + (end if last else b""))
    assert (got.names, got.rows) == (["a", "b"], [(2, "1", "2"), (3, "3", "4")])


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("first", [b"sep=;", b"SEP=;", b'"sep=;"'])
def test_excel_s_first_line_names_the_delimiter_and_is_no_row(
    read: Reader, mark: bytes, end: bytes, first: bytes
) -> None:
    got = read(mark + end.join([first, b"a;b,c", b"1;2,5", b"3;4,5", b""]))
    assert (got.names, got.rows) == (["a", "b,c"], [(3, "1", "2,5"), (4, "3", "4,5")])
    assert got.rejects == []
    bare = read(mark + end.join([first, b"1;2,5", b"3;4,5", b""]), header=False)
    assert [row[1:] for row in bare.rows] == [("1", "2,5"), ("3", "4,5")]
    assert read(mark + first + end).rows == []


def test_mixed_line_ends_and_blank_lines(read: Reader) -> None:
    got = read(b"\r\na,b\r\n\n1,2\n   \n3,4\r5,6\r\n\r\n")
    assert got.rows == [(4, "1", "2"), (6, "3", "4"), (7, "5", "6")]
    assert got.rejects == []


def test_a_blank_line_in_a_single_column_is_no_row_but_an_empty_cell_is(read: Reader) -> None:
    assert read(b'a\n1\n\n""\n3\n').rows == [(2, "1"), (4, None), (5, "3")]


def test_quoted_cells_with_delimiters_quotes_and_line_ends(read: Reader) -> None:
    got = read(b'a,b,c\n1,"x,y","say ""hi"""\n2,"one\r\ntwo\n\nthree",z\n3,p,q\n')
    assert got.rows == [(2, "1", "x,y", 'say "hi"'), (3, "2", "one\r\ntwo\n\nthree", "z"), (7, "3", "p", "q")]
    assert got.raw.raw_lines([3, 7]) == {3: '2,"one\r\ntwo\n\nthree",z', 7: "3,p,q"}


def test_spaces_around_quoted_cells(read: Reader) -> None:
    got = read(b'a,b,c\n1, "x,y" ,z\n2,   "p,q",  r\n')
    assert got.rows == [(2, "1", "x,y", "z"), (3, "2", "p,q", "  r")]


def test_quotes_inside_unquoted_cells_are_text(read: Reader) -> None:
    assert read(b'a,b\n5" pipe,3\nx"y"z,4\n').rows == [(2, '5" pipe', "3"), (3, 'x"y"z', "4")]


def test_ragged_rows_are_rejected_with_both_counts(read: Reader) -> None:
    got = read(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert [row[0] for row in got.rows] == [2, 5]
    assert got.rejects == [
        (3, "unreadable_row", "expected 3 cells, found 2"),
        (4, "unreadable_row", "expected 3 cells, found 4"),
    ]
    assert [reject.raw for reject in got.raw.rejects] == ["4,5", "6,7,8,9"]


@pytest.mark.parametrize("bad", [b"", b"only\n"])
def test_empty_cells_beyond_the_last_column_do_no_harm(read: Reader, bad: bytes) -> None:
    got = read(b'a,b\n1,2,\n3,4,"",\n' + bad)
    assert got.rows == [(2, "1", "2"), (3, "3", "4")]


def test_an_open_quote_costs_its_own_line_only(read: Reader) -> None:
    got = read(b'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert got.rows == [(2, "1", "2"), (4, "5", "6"), (5, "7", "8")]
    assert got.rejects == [(3, "unreadable_row", BAD_QUOTE)]


def test_a_stray_quote_that_meets_another_far_below_swallows_nothing(read: Reader) -> None:
    lines = [b"a,b"] + [b"%d,x" % i for i in range(50)] + [b'50,"y'] + [b"%d,x" % i for i in range(51, 99)] + [b'z",1']
    got = read(b"\n".join(lines))
    assert len(got.rows) == 99
    assert got.reasons == [(52, "unreadable_row")]


def test_text_after_a_closing_quote(read: Reader) -> None:
    got = read(b'a,b\n"1"x,2\n3,4\n')
    assert (got.rows, got.rejects) == ([(3, "3", "4")], [(2, "unreadable_row", "text after a closing quote")])


def test_only_the_line_that_is_not_utf8_is_lost(read: Reader) -> None:
    got = read("a,b\n1,é\n2,".encode() + b"caf\xe9" + "\n3,ü\n".encode())
    assert got.rows == [(2, "1", "é"), (4, "3", "ü")]
    assert got.rejects == [(3, "not_utf8", "byte 0xe9 at position 6 is not UTF-8")]
    assert got.raw.rejects[0].raw == r"2,caf\xe9"


def test_nul_bytes_cost_their_line(read: Reader) -> None:
    got = read(b"a,b\n1,2\n3,\x004\n5,6\n" + b"\0" * 5000)
    assert got.rows == [(2, "1", "2"), (4, "5", "6")]
    assert got.reasons == [(3, "unreadable_row"), (5, "unreadable_row")]
    assert got.raw.rejects[0].raw == r"3,\x004"
    assert len(got.raw.rejects[1].raw) == 4000


def test_a_long_line_is_lost_alone(read: Reader) -> None:
    long = b"2," + b"x" * 1_200_000
    got = read(b"a,b\n1,y\n" + long + b"\n3,z\n")
    assert got.rows == [(2, "1", "y"), (4, "3", "z")]
    assert got.rejects == [(3, "too_long", "1200002 bytes, at most 1000000")]
    assert len(got.raw.rejects[0].raw) == 4000
    assert len(read(b"a,b\n1," + b"x" * 999_998 + b"\n").rows[0][2]) == 999_998


def test_the_limit_on_lines_is_the_callers(read: Reader) -> None:
    assert read(b"a,b\n1,123\n1,1234\n", max_line=5).reasons == [(3, "too_long")]


def test_repeated_and_empty_names(read: Reader) -> None:
    got = read(b"id,Id,,id_2, id ,\n1,2,3,4,5,6\n")
    assert got.names == ["id", "Id_3", "column3", "id_2", "id_4", "column6"]
    assert got.rows == [(2, "1", "2", "3", "4", "5", "6")]


@pytest.mark.parametrize("name", ["line", "LINE", "__line", "__LINE"])
def test_a_column_named_as_ours_breaks_nothing(read: Reader, name: str) -> None:
    got = read(f"{name},doc\n7,8\n".encode())
    assert got.names == [name, "doc"]
    assert got.rows == [(2, "7", "8")]


def test_a_name_over_two_lines_and_hostile_names(read: Reader) -> None:
    got = read(b'"a\nb","x""y\'; drop table t"\n1,2\n')
    assert got.names == ["a\nb", "x\"y'; drop table t"]
    assert got.rows == [(3, "1", "2")]


def test_without_header(read: Reader) -> None:
    assert read(b"1,2\n3,4\n", header=False, columns=["x", "y"]).rows == [(1, "1", "2"), (2, "3", "4")]
    assert read(b"1,2\n3,4\n", header=False).names == ["column1", "column2"]
    assert read(b"1,2\n3,4\n", header=None).names == ["column1", "column2"]
    assert read(b"id,at\n3,4\n", header=None).names == ["id", "at"]


@pytest.mark.parametrize(
    ("content", "names"), [(b"", ["column1"]), (b"\n\n", ["column1"]), (b"a,b\n", ["a", "b"]), (b"a,b", ["a", "b"])]
)
def test_empty_files_and_headers_alone(read: Reader, content: bytes, names: list[str]) -> None:
    got = read(content)
    assert (got.names, got.rows, got.raw.rows) == (names, [], 0)


def test_a_folder_name_like_a_pattern(read: Reader, tmp_path: Path) -> None:
    folder = tmp_path / "year=2026 [a]*?'"
    folder.mkdir()
    (folder / "x[1]*.csv").write_bytes(b"a\n1\n")
    assert read(folder / "x[1]*.csv").rows == [(2, "1")]


def test_clean_files_equal_the_standard_library(read: Reader) -> None:
    rows = [[f"{i}", 'q"' * (i % 3), "a,b" * (i % 2), "é\n" * (i % 5 == 0), " x "] for i in range(1, 3000)]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["a", "b", "c", "d", "e"], *rows])
    got = read(out.getvalue().encode())
    assert [tuple(cell or "" for cell in row[1:]) for row in got.rows] == [tuple(row) for row in rows]


def test_many_rejects_are_all_accounted_for(read: Reader) -> None:
    got = read(b"a,b\n" + b"1\n" * 5000 + b"1,2\n")
    assert (got.raw.rows, got.raw.reject_count, len(got.rows)) == (5001, 5000, 1)
