"""Compression, encodings, Parquet, files that are no logs, and what a scan says."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import zstandard

from journey_analytics.errors import JourneyError
from journey_analytics.ingest.readers import FileOptions, read_file, scan, sniff
from tests.readers.conftest import Reader

ROWS = b"a,b\n" + b"".join(b"%d,%s\n" % (i, hashlib.sha256(b"%d" % i).hexdigest().encode()) for i in range(20_000))

Pack = Callable[[bytes], bytes]


def zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_compressed_by_content_not_by_name(read: Reader, pack: Pack) -> None:
    got = read(pack(ROWS), name="log.csv")
    assert len(got.rows) == 20_000
    assert got.raw.raw_lines([2])[2].startswith("0,5fec")
    halves = read(pack(ROWS[:1000]) + pack(ROWS[1000:]))
    assert halves.rows == got.rows
    assert sniff(got.path).compression == ("zstd" if pack is zstd else "gzip")


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (zstd, "zstd")])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_truncated_keeps_the_rows_before_the_break(read: Reader, pack: Pack, name: str, kind: str) -> None:
    content = ROWS
    if kind != "csv":
        records = [b'{"a":%s,"b":"%s"}' % tuple(line.split(b",")) for line in ROWS.splitlines()[1:]]
        content = b"\n".join(records) if kind == "jsonl" else b"[" + b",".join(records) + b"]"
    packed = pack(content)
    got = read(packed[: len(packed) // 2])
    assert got.raw.format == kind
    assert got.raw.flags == ["truncated"]
    assert 2_000 < len(got.rows) < 18_000
    assert [reason for _, reason, _ in got.rejects] == ["unreadable_row"]
    assert f"truncated {name}" in got.rejects[0][2]


def test_damaged_gzip(read: Reader) -> None:
    packed = bytearray(gzip.compress(ROWS))
    packed[-6] ^= 1  # the checksum
    got = read(bytes(packed))
    assert (len(got.rows), got.raw.flags) == (20_000, ["truncated"])
    assert "damaged gzip" in got.rejects[0][2]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_with_a_mark(read: Reader, encoding: str) -> None:
    text = "\ufeffa,b\r\n1,é€😀\r\n2,x\r\n".encode(encoding)
    assert read(text).rows == [(2, "1", "é€😀"), (3, "2", "x")]
    assert read(text + b"3").reasons == [(4, "not_utf8")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + os.urandom(100), "PNG"),
        (b"PK\x03\x04" + os.urandom(100), "Excel"),
        (bytes(range(256)) * 20, "binary"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "inside"),
        ("a,b\n1,2\n".encode("utf-32"), "UTF-32"),
        (("a,b\n" + "1,2\n" * 50).encode("utf-16-le"), "UTF-16"),
        (b"\0" * 257 + b"ustar" + b"\0" * 500, "tar"),
        (b"SQLite format 3\0" + b"\0" * 100, "SQLite"),
        (b"PAR1" + os.urandom(200), "cannot be read"),
    ],
    # Named here: an id made of the bytes would differ between the processes that share the tests (gzip's has the time).
    ids=["png", "excel", "binary", "twice packed", "utf-32", "utf-16", "tar", "sqlite", "parquet"],
)
def test_what_is_no_log_ends_in_one_message(read: Reader, content: bytes, what: str) -> None:
    with pytest.raises(JourneyError, match=what) as caught:
        read(content)
    assert caught.value.problems[0].remedy
    assert "Traceback" not in str(caught.value)


def test_parquet(read: Reader, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "no-suffix"
    con.sql("SELECT range AS line, range * 1.5 AS value, {'a': [range]} AS nested FROM range(5000)").write_parquet(
        str(path), row_group_size=2048
    )
    got = read(path)
    assert got.raw.columns == {"line": "BIGINT", "value": "DECIMAL(21,1)", "nested": "STRUCT(a BIGINT[])"}
    assert [row[:2] for row in got.rows] == [(i + 1, i) for i in range(5000)]
    assert got.raw.raw_lines([3, 5001]) == {3: '{"line":2,"value":3.0,"nested":{"a":[2]}}'}
    whole = path.read_bytes()
    with pytest.raises(JourneyError, match="cannot be read"):
        read(whole[:-100])
    with pytest.raises(JourneyError, match="Parquet"):
        read(path, format="csv")
    with pytest.raises(JourneyError, match="text"):
        read(b"a,b\n", format="parquet")
    assert read(gzip.compress(whole)).rows == got.rows


def test_parquet_with_a_column_named_as_duckdbs_own(
    read: Reader, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "x.parquet"
    con.sql("SELECT 9 AS file_row_number, 8 AS __LINE UNION ALL SELECT 7, 6").write_parquet(str(path))
    got = read(path)
    assert got.rows == [(1, 9, 8), (2, 7, 6)]
    assert list(got.raw.raw_lines([2])) == [2]


def test_missing_files_and_folders(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(JourneyError, match="not found"):
        read(tmp_path / "none.csv")
    with pytest.raises(JourneyError, match="folder"):
        read(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_no_permission(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_bytes(b"a\n1\n")
    path.chmod(0)
    with pytest.raises(JourneyError, match="permission"):
        read(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_the_scan_carries_the_fingerprint_and_spares_a_second_pass(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, pack: Pack
) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(ROWS))
    seen = scan(path, tmp_path)
    assert seen.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (seen.size, seen.lines, seen.length) == (path.stat().st_size, 20_001, len(ROWS))
    raw = read_file(con, path, FileOptions(workdir=tmp_path), seen)
    assert (raw.rows, raw.salvaged) == (20_000, False)
    bare = scan(path)  # no folder for a copy: read_file makes it
    assert read_file(con, path, FileOptions(workdir=tmp_path), bare).rows == 20_000


def test_sniff(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xef\xbb\xbfid;At;at\n1;2;3\n")
    found = sniff(path)
    assert (found.format, found.delimiter, found.encoding, found.header) == (
        "csv",
        ";",
        "utf-8-sig",
        ["id", "At", "at_2"],
    )
    path.write_bytes(b"1;2;3\n")
    assert sniff(path).header is None
    path.write_bytes(b'{"a":1}\n{"a":2}\n')
    assert (sniff(path).format, sniff(path).delimiter) == ("jsonl", None)
    path.write_bytes(b"")
    assert sniff(path).header is None


def test_the_same_rows_with_any_number_of_threads(con: duckdb.DuckDBPyConnection, read: Reader) -> None:
    content = b"a,b\n" + b"".join(b"%d,%s\n" % (i, b"x" * (i % 97)) for i in range(300_000))
    wanted = [(i + 2, str(i)) for i in range(300_000)]
    for threads in (1, 2, 4):
        con.execute(f"SET threads = {threads}")
        got = read(content)
        assert [row[:2] for row in got.rows] == wanted
    assert not got.raw.salvaged


def test_a_huge_line_needs_little_memory(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.write(b'a,b\n1,2\n"')
        file.truncate(200_000_000)  # NULs, which take no room on disk
    got = read(path)
    assert (got.rows, got.reasons) == ([(2, "1", "2")], [(3, "too_long")])


def test_truncated_inside_a_row_of_several_lines(read: Reader) -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    packed = packer.compress(b'a,b\n1,2\n3,"x\ny",\n5,"x\ny"')
    packed += packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)  # and no end of the frame
    got = read(packed)
    assert got.rows == [(2, "1", "2"), (3, "3", "x\ny")]
    assert got.reasons == [(5, "unreadable_row"), (6, "unreadable_row")]
    assert "truncated zstd" in got.rejects[1][2]
