"""JSON that is not one record per line: where each element of an array, or each of several objects, begins and ends.

A streaming splitter by brackets and strings; whether an element is valid JSON is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from journey_analytics.ingest.readers.lines import text_chunks
from journey_analytics.ingest.readers.model import RAW_CHARACTERS, printable

_KEPT = 4 * RAW_CHARACTERS
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_INSIDE = re.compile(rb'[^"\[\]{}]*+')
_SPACE = re.compile(rb"[ \t\r\n]*+")
_SPACE_COMMA = re.compile(rb"[ \t\r\n,]*+")
_SCALAR = re.compile(rb'[^ \t\r\n,\[\]{}"]*+')


def _nested(depth: int) -> bytes:
    """A pattern for a whole object or array with at most `depth` levels below it."""
    parts = [rb'[^"{}\[\]]++', rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"']
    if depth:
        parts.append(_nested(depth - 1))
    inner = b"(?:" + b"|".join(parts) + b")*+"
    return rb"(?:\{" + inner + rb"\}|\[" + inner + rb"\])"


_ELEMENT = re.compile(_nested(2), re.DOTALL)  # what most elements are, at the speed of the pattern matcher


class Document(NamedTuple):
    """One element.

    `size` above 0: too long, `data` is its start. `fault` set: `data` is the rest of the file from where it broke.
    """

    number: int
    data: bytes
    size: int = 0
    fault: str | None = None


def documents(chunks: Iterable[bytes], limit: int) -> Iterator[Document]:
    """The elements of a JSON array, or the values that follow one another in a file, numbered from 1.

    Args:
        chunks: The content, without byte order mark.
        limit: Bytes above which only an element's start is kept.
    """
    splitter = _Splitter(limit)
    for chunk in chunks:
        yield from splitter.feed(chunk)
        if splitter.stopped:
            return
    yield from splitter.finish()


class _Splitter:
    """The state between chunks."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.number = 0
        self.stopped = False
        self.is_array: bool | None = None
        self._stack = bytearray()  # the brackets that the element has open
        self._state = "start"  # start, value, string, escape, inside, scalar, after, done
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Document]:
        position = 0
        while position < len(chunk) and not self.stopped:
            if self._state in ("string", "escape", "inside", "scalar"):
                end, finished = self._element(chunk, position)
                self._keep(chunk[position:end])
                position = end
                if self.stopped:
                    yield self._broken("brackets do not match", b"")
                elif finished:
                    yield self._take()
            else:
                space = _SPACE if self.is_array or self._state == "start" else _SPACE_COMMA
                match = space.match(chunk, position)
                position = match.end() if match else position
                if position >= len(chunk):
                    return
                fault = self._between(chunk[position : position + 1])
                if self._state == "inside" and (whole := _ELEMENT.match(chunk, position)):
                    self._keep(whole[0])
                    position = whole.end()
                    yield self._take()
                    continue
                if fault:
                    yield self._broken(fault, chunk[position : position + _KEPT])
                elif self._state not in ("inside", "string", "scalar"):
                    position += 1

    def finish(self) -> Iterator[Document]:
        if self._state == "scalar" and not self.is_array:
            yield self._take()
        elif self._state in ("string", "escape", "inside", "scalar"):
            yield self._broken("the file ends inside this value", b"")
        elif self.is_array and self._state != "done":
            yield self._broken("the array is not closed", b"")

    def _between(self, char: bytes) -> str | None:
        """Judge a character outside the elements; what is wrong with it, or None."""
        if self._state == "start":
            self.is_array = char == b"["
            self._state = "first" if self.is_array else "value"
            return None if self.is_array else self._between(char)
        if self.is_array:
            if self._state == "done":
                return "more after the array's end"
            if char == b"]":
                self._state = "done"
                return None
            if self._state == "after":
                self._state = "value"
                return None if char == b"," else "no comma between two values"
        if char in b"]},:":
            return f"{char.decode()!r} where a value should begin"
        self._state = {b"{": "inside", b"[": "inside", b'"': "string"}.get(char, "scalar")
        if self._state == "string":
            self._state = "inside"  # its quote opens the string there
        return None

    def _element(self, chunk: bytes, position: int) -> tuple[int, bool]:
        """Go on in an element; where it ends in this chunk, and whether it is complete there."""
        while position < len(chunk):
            if self._state == "escape":
                self._state = "string"
                position += 1
            elif self._state == "string":
                match = _STRING.match(chunk, position)
                position = match.end() if match else position
                if position >= len(chunk):
                    break
                if chunk[position : position + 1] == b"\\":  # its character is in the next chunk
                    self._state = "escape"
                else:
                    self._state = "inside"
                    if not self._stack:
                        return position + 1, True
                position += 1
            elif self._state == "scalar":
                match = _SCALAR.match(chunk, position)
                position = match.end() if match else position
                return position, position < len(chunk)
            else:
                match = _INSIDE.match(chunk, position)
                position = match.end() if match else position
                if position >= len(chunk):
                    break
                char = chunk[position]
                position += 1
                if char == 0x22:
                    self._state = "string"
                elif char in b"[{":
                    self._stack.append(char)
                else:
                    if not self._stack or self._stack.pop() + 2 != char:  # in ASCII ] is [ + 2, and } is { + 2
                        self.stopped = True
                        return position, False
                    if not self._stack:
                        return position, True
        return position, False

    def _keep(self, piece: bytes) -> None:
        if self._size <= self.limit:
            self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self.limit and len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)[:_KEPT]]

    def _take(self) -> Document:
        self.number += 1
        data = b"".join(self._pieces)
        size = self._size if self._size > self.limit else 0
        self._pieces, self._size = [], 0
        self._state = "after" if self.is_array else "value"
        return Document(self.number, data[:_KEPT] if size else data, size)

    def _broken(self, fault: str, rest: bytes) -> Document:
        self.stopped = True
        self.number += 1
        return Document(self.number, (b"".join(self._pieces) + rest)[:_KEPT], 0, fault)


def document_picker(text: Path, limit: int) -> Callable[[Collection[int]], dict[int, str]]:
    """A function that reads elements of `text` again: number -> original text, cut at `RAW_CHARACTERS`."""

    def pick(wanted: Collection[int]) -> dict[int, str]:
        left = set(wanted)
        found: dict[int, str] = {}
        for document in documents(text_chunks(text), limit) if left else ():
            if document.number in left:
                found[document.number] = printable(document.data)
                left.discard(document.number)
                if not left:
                    break
        return found

    return pick
