"""What paths in a configuration may look like: judged at load, so that no text can fail in the middle of a run.

Only the text is judged. What a path becomes in SQL is `ingest.picks` for fields and `ingest.rows` for rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: What picks an array's element may look for any value, `*` too.
_WANTED = re.compile(r"=[^\[\]]*\]")
_PART = re.compile(r'\[\*|"[^"]+"|[^.\[\]"=]+')
_WILD = ("[*", "*", '"*"')
_NAME = r'"(?!\*")[^"]+"|[^.\[\]"$^][^.\[\]"]*'
_PLACE = r"\.?\[(?:\*|[0-9]{1,9})\]"
_ROWS = re.compile(rf"(?:{_NAME}|{_PLACE})(?:\.(?:{_NAME})|{_PLACE})*", re.DOTALL)
#: A row's surroundings, from which a later list of `rows` may start.
UPWARDS = re.compile(r"(\$|\^(?:\.?\^)*)\.")


class PathFault(ValueError):
    """A path that can't be used.

    Attributes:
        remedy: What to write instead.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def check_field(path: str) -> str:
    """A field's path as it is.

    Raises:
        PathFault: If it names many values: `to[*]`, `hooks.*`, or is no proper text.
    """
    _check_text(path)
    if any(part in _WILD for part in _PART.findall(_WANTED.sub("]", path))):
        remedy = f'Make them rows: `rows: "{_rows_for(path)}"`, the field is then `.`; or take one, as in `to[0]`.'
        raise PathFault(f"{path!r} names many values, and a field takes one", remedy)
    return path


def check_rows(paths: Sequence[str], *, is_first: bool) -> None:
    """Judge alternatives of `rows`.

    Args:
        paths: The alternatives.
        is_first: They start from the document, where nothing lies above.

    Raises:
        PathFault: With what to write instead.
    """
    for path in paths:
        _check_text(path)
        up = UPWARDS.match(path)
        if up and is_first:
            remedy = f"Start with the first name, as in {path[up.end() :]!r}."
            raise PathFault(f"`rows` {path!r} can't start with {up[1]!r}: it leads downwards from the document", remedy)
        if not _ROWS.fullmatch(path[up.end() :] if up else path):
            remedy = 'Write names with dots, [3], [*] and *, as in "batch[*].events[*]"; names with dots in quotes.'
            raise PathFault(f"`rows` {path!r} is no path", remedy)


def _check_text(path: str) -> None:
    """Refuse halves of characters, which YAML's escapes can make and no log holds."""
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        raise PathFault(f"{path!a} is no proper text", "Write the character itself in place of its two halves.")


def _rows_for(path: str) -> str:
    """What `rows` would be for a field that was meant to name many values."""
    bare = UPWARDS.sub("", path.strip())
    return bare if _ROWS.fullmatch(bare) else "to[*]"
