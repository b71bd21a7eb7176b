"""The bytes of a file: decompressed, UTF-16 made UTF-8, up to the point where the file is whole.

Lines, formats and rows belong elsewhere.
"""

from __future__ import annotations

import codecs
import contextlib
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Digest(Protocol):
    """What `hashlib` gives."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""


def compression_of(head: bytes) -> str | None:
    """`gzip`, `zstd` or None, by the first bytes."""
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZSTD) or (len(head) >= 4 and 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18"):
        return "zstd"
    return None


def encoding_of(head: bytes) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16-le` or `utf-16-be`, by the byte order mark; `utf-32` where it says so."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    for mark, name in _UTF16.items():
        if head.startswith(mark):
            return name
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


class ByteSource:
    """The content of one file in chunks of about a megabyte.

    After the chunks are exhausted, `broken` says why the compressed stream ended early, or is None.
    """

    def __init__(self, path: Path, digest: Digest | None = None) -> None:
        self.path = path
        self.broken: str | None = None
        self.compression: str | None = None
        self.encoding = "utf-8"
        self.size = 0  # bytes on disk read so far
        self._digest = digest

    def chunks(self) -> Generator[bytes, None, None]:
        """The content; UTF-16 arrives as UTF-8 (what is no valid UTF-16 arrives as invalid UTF-8)."""
        with self.path.open("rb") as file:
            first = self._read(file)
            self.compression = compression_of(first)
            plain = self._expand(first, file)
            head = next(plain, b"")
            while len(head) < 4 and (more := next(plain, b"")):
                head += more
            self.encoding = encoding_of(head)
            if self.encoding.startswith("utf-16"):
                yield from _transcode(head, plain, self.encoding)
            else:
                yield head
                yield from plain

    def _read(self, file: BinaryIO) -> bytes:
        data = file.read(CHUNK)
        self.size += len(data)
        if self._digest is not None:
            self._digest.update(data)
        return data

    def _raw(self, first: bytes, file: BinaryIO) -> Iterator[bytes]:
        while first:
            yield first
            first = self._read(file)

    def _expand(self, first: bytes, file: BinaryIO) -> Iterator[bytes]:
        raw = self._raw(first, file)
        if self.compression is None:
            yield from raw
            return
        pieces = self._gunzip(raw) if self.compression == "gzip" else self._unzstd(raw)
        yield from pieces
        for _ in raw:  # after a break: the fingerprint covers the whole file
            pass

    def _gunzip(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        member = zlib.decompressobj(wbits=31)
        for part in _slices(raw, 1 << 16):
            data = part
            while data:
                if member.eof:
                    data = data.lstrip(b"\0")  # padding between and after members
                    if not data:
                        break
                    member = zlib.decompressobj(wbits=31)
                before = member.copy()
                try:
                    piece = member.decompress(data, CHUNK)
                except zlib.error as error:
                    yield from _until_error(before, data)  # the failed call swallowed what stands before the damage
                    self.broken = f"damaged gzip ({error})"
                    return
                if piece:
                    yield piece
                data = member.unused_data if member.eof else member.unconsumed_tail
        if not member.eof:
            with contextlib.suppress(zlib.error):
                yield member.flush()
        self.broken = None if member.eof else "truncated gzip"

    def _unzstd(self, raw: Iterator[bytes]) -> Iterator[bytes]:
        # There is no limit on what one call gives, but a block of a frame is at most 128 kB: small slices of input
        # keep it small.
        tool = zstandard.ZstdDecompressor(max_window_size=1 << 27)
        frame = tool.decompressobj()
        try:
            for part in _slices(raw, 1024):
                data = part
                while data:
                    if frame.eof:
                        frame = tool.decompressobj()
                    if piece := frame.decompress(data):
                        yield piece
                    data = frame.unused_data if frame.eof else b""
        except zstandard.ZstdError as error:
            self.broken = f"damaged zstd ({error})"
        else:
            self.broken = None if frame.eof else "truncated zstd"


def _until_error(member: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    with contextlib.suppress(zlib.error):
        for position in range(len(data)):
            yield member.decompress(data[position : position + 1])


def _slices(raw: Iterator[bytes], size: int) -> Iterator[bytes]:
    for data in raw:
        for start in range(0, len(data), size):
            yield data[start : start + size]


def _transcode(head: bytes, rest: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    yield decoder.decode(head[2:]).encode("utf-8", "surrogatepass")
    for data in rest:
        yield decoder.decode(data).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"  # half a character at the end: its line is rejected as not UTF-8
