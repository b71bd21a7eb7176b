"""Globs of the configuration as SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from journey_analytics.engine.duck import quote_text


def glob_pattern(glob: str) -> str:
    """A glob with `*` and `?` over the whole name, case-sensitive, as a regular expression for `regexp_full_match`."""
    parts = {"*": ".*", "?": "."}
    return "(?s)" + "".join(parts.get(char) or re.escape(char) for char in glob)


def matches_any(expression: str, globs: Iterable[str]) -> str:
    """SQL that is true where the expression matches one of the globs, never null."""
    globs = list(globs)
    exact = [g for g in globs if not any(c in g for c in "*?")]
    tests = [f"{expression} IN ({', '.join(quote_text(g) for g in exact)})"] if exact else []
    tests += [f"regexp_full_match({expression}, {quote_text(glob_pattern(g))})" for g in globs if g not in exact]
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"
