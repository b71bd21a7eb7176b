"""Amounts as SQL: a number as people and shops write it, where it can be read in one way only.

A plain number is read as it stands. Else currency signs and codes, blanks and apostrophes are left out, and commas and
points are told apart by what stands behind them: `12,50` and `1.012,50` have a decimal comma, `1,234.50` one for
thousands. `1,234` may be either, so it is none: the event keeps its text and says `unreadable_value`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.cells import Cell
from journey_analytics.ingest.identifiers import JUNK

#: Of a text that is no plain number: what stands around and between its digits.
_BETWEEN = r"[\s\x{00A0}\x{2009}\x{202F}'\x{2019}]|\p{Sc}|^[A-Z]{3}|[A-Z]{3}$"
#: Bookkeepers' negatives: `(5.00)` and `5.00-`.
_NEGATIVE = r"^(?:\x{2212}(.+)|\((.+)\)|(.+)-)$"
_SIGN = "[+-]?"
_DECIMAL_COMMA = (
    rf"{_SIGN}(?:\d{{1,3}}(?:\.\d{{3}})+,\d+|\d+,(?:\d{{1,2}}|\d{{4,}})|0,\d+|\d{{1,3}}(?:\.\d{{3}}){{2,}})"
)
_DECIMAL_POINT = rf"{_SIGN}(?:\d{{1,3}}(?:,\d{{3}})+\.\d+|\d{{1,3}}(?:,\d{{3}}){{2,}}|\d+(?:\.\d+)?)"


@dataclass(frozen=True)
class AmountSql:
    """SQL of one amount.

    Attributes:
        number: A finite `DOUBLE`; null if missing or unreadable.
        layers: Expressions `name -> sql` per layer that it needs.
        unreadable: Whether there is a text that is no number, and no word for nothing; None: there never is.
    """

    number: str
    layers: list[dict[str, str]] = field(default_factory=list)
    unreadable: str | None = None


def amount_sql(cell: Cell | None, prefix: str) -> AmountSql:
    """The SQL of a cell as an amount.

    Args:
        cell: The cell; None: the file has no such column.
        prefix: Distinguishes the layer names of several amounts.
    """
    if cell is None:
        return AmountSql("CAST(NULL AS DOUBLE)")
    plain, bare, number = f"{prefix}p", f"{prefix}b", f"{prefix}n"
    first = {plain: f"try_cast({cell.sql} AS DOUBLE)"}
    finite = f"CASE WHEN isfinite({plain}) THEN {plain} END"
    if cell.type not in ("VARCHAR", "JSON"):
        return AmountSql(finite, [first])
    text = cell.text
    stripped = f"regexp_replace({text}, {quote_text(_BETWEEN)}, '', 'g')"
    signed = f"regexp_replace({stripped}, {quote_text(_NEGATIVE)}, '-\\1\\2\\3')"
    written = (
        f"CASE WHEN regexp_full_match({bare}, {quote_text(_DECIMAL_COMMA)}) "
        f"THEN replace(replace({bare}, '.', ''), ',', '.') "
        f"WHEN regexp_full_match({bare}, {quote_text(_DECIMAL_POINT)}) THEN replace({bare}, ',', '') END"
    )
    layers = [
        first,
        {bare: f"CASE WHEN {text} IS NOT NULL AND {plain} IS NULL THEN {signed} END"},
        {number: f"CASE WHEN {bare} IS NULL THEN {finite} ELSE try_cast({written} AS DOUBLE) END"},
    ]
    nothing = ", ".join(quote_text(word) for word in JUNK)
    unreadable = f"({text} IS NOT NULL AND {number} IS NULL AND lower({text}) NOT IN ({nothing}))"
    return AmountSql(number, layers, unreadable)
