"""Texts from logs inside XML: escaped, and characters that XML cannot hold written as `_xHHHH_` and read back.

The form is that of ISO 9075-14 and of spreadsheets; a text that happens to look like one has its underscore written so.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

# what no XML 1.0 document may hold, and the carriage return, which readers turn into a line feed
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile("_x([0-9A-Fa-f]{4})_")


def encoded(text: str) -> str:
    """A text without characters that XML cannot hold; not yet escaped."""
    return _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def decoded(text: str) -> str:
    """The text that `encoded` was given."""
    return _WRITTEN.sub(lambda found: chr(int(found[1], 16)), text)


def attribute(text: str) -> str:
    """A text as a quoted XML attribute value."""
    return quoteattr(encoded(text), {"\n": "&#10;", "\t": "&#9;"})
