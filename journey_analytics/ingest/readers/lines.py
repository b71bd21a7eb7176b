"""Physical lines of a byte stream, in batches, with bounded memory however long a line is.

LF, CRLF and a lone CR end a line, as in an editor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from journey_analytics.ingest.readers.model import RAW_CHARACTERS, printable
from journey_analytics.ingest.readers.source import CHUNK

_BOM = b"\xef\xbb\xbf"
_KEPT = 4 * RAW_CHARACTERS


class Line(NamedTuple):
    """One physical line with its end. `size` is 0, or the length of a line that is too long (`data`: its start)."""

    number: int
    data: bytes
    size: int = 0

    @property
    def body(self) -> bytes:
        """The line without its end."""
        return self.data.rstrip(b"\r\n")

    @property
    def has_end(self) -> bool:
        """Whether a line end follows, which the last line of a file may lack."""
        return self.data.endswith((b"\n", b"\r")) or self.size > 0


def text_chunks(text: Path) -> Iterator[bytes]:
    """The bytes of a decompressed file without its byte order mark."""
    with text.open("rb") as file:
        chunk = file.read(CHUNK).removeprefix(_BOM)
        while chunk:
            yield chunk
            chunk = file.read(CHUNK)


def lines(chunks: Iterable[bytes], max_line: int) -> Iterator[Line]:
    """Every physical line, numbered from 1.

    Args:
        chunks: The content.
        max_line: Bytes, line end not counted, above which only a line's start is kept.
    """
    number = 1
    for batch in _batches(chunks, max_line):
        if isinstance(batch, Line):
            yield Line(number, batch.data, batch.size)
            number += 1
            continue
        for data in batch:
            if len(data) > max_line and len(data.rstrip(b"\r\n")) > max_line:
                yield Line(number, data[:_KEPT], len(data.rstrip(b"\r\n")))
            else:
                yield Line(number, data)
            number += 1


def _batches(chunks: Iterable[bytes], max_line: int) -> Iterator[list[bytes] | Line]:
    carry = b""
    size = 0  # above 0: the open line is too long, `carry` holds its start
    for chunk in _whole_ends(chunks):
        data = chunk
        if size:
            rest = data.splitlines(True)[0]
            body = rest.rstrip(b"\r\n")
            size += len(body)
            if len(body) == len(rest):
                continue
            yield Line(0, carry, size)
            carry, size, data = b"", 0, data[len(rest) :]
        batch = (carry + data).splitlines(True)
        carry = batch.pop() if batch and not batch[-1].endswith((b"\n", b"\r")) else b""
        if len(carry) > max_line:
            carry, size = carry[:_KEPT], len(carry)
        if batch:
            yield batch
    if size:
        yield Line(0, carry, size)
    elif carry:
        yield [carry]


def _whole_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks, moved so that none ends between CR and LF."""
    held = b""
    for chunk in chunks:
        data = held + chunk
        held = b"\r" if data.endswith(b"\r") else b""
        data = data[:-1] if held else data
        if data:
            yield data
    if held:
        yield held


def line_picker(text: Path) -> Callable[[Collection[int]], dict[int, str]]:
    """A function that reads lines of `text` again: number -> original text, cut at `RAW_CHARACTERS`."""

    def pick(wanted: Collection[int]) -> dict[int, str]:
        left = set(wanted)
        found: dict[int, str] = {}
        number = 1
        for batch in _batches(text_chunks(text), CHUNK) if left else ():
            group = [batch.data] if isinstance(batch, Line) else batch
            for hit in [n for n in left if number <= n < number + len(group)]:
                found[hit] = printable(group[hit - number].rstrip(b"\r\n"))
                left.discard(hit)
            number += len(group)
            if not left:
                break
        return dict(sorted(found.items()))

    return pick
