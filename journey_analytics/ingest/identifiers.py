"""Identifiers as SQL: normalised, junk removed, named after their source, strongest first.

semantics.md, "Identity", decides. No linking here: that is `identity`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from journey_analytics.config.model import Identity
from journey_analytics.engine.duck import quote_text
from journey_analytics.ingest.cells import Cell, untrimmed
from journey_analytics.ingest.conditions import glob_sql

#: Never an identifier, whatever the kind; compared in lower case. Some are what programs write for nothing: `NaN`, `[]`
#: and `false` in JSON, `\\N` in dumps of databases, `(not set)` in Google Analytics, `#N/A` in Excel.
JUNK = (
    *("null", "undefined", "none", "nil", "anonymous", "unknown", "n/a", "0", "-"),
    *("nan", "false", "[]", "{}", "\\n", "(not set)", "#n/a"),
)
#: What no address holds: blanks, invisible ones included, and what stands around addresses in lists and after names.
_AROUND = r"\s\x{00A0}\x{200B}-\x{200D}\x{2060}\x{FEFF}<>,;:\"\[\](){}"
#: An apostrophe stands inside the part before the @, never around it: `o'neil@example.org`.
_ADDRESS = rf"[^{_AROUND}'@]+(?:'[^{_AROUND}'@]+)*@[^{_AROUND}'@]*[^{_AROUND}'@.]"
#: The address of the first of several names: `info@example.org via Desk <kim@example.org>`.
_NAMED = rf"^[^,;]*<\s*({_ADDRESS})\s*>"
#: What an address alone does not hold: with one of them it is looked for. Other control characters are blanks.
_ODD = (" ", "<", ",", ";", ":", "\t", "\n", "\r")
#: Kinds that carry an event only where nothing else does, and never link.
ALONE = ("ip", "account_standin")
ACCOUNT = "account"


@dataclass(frozen=True)
class IdentifierSql:
    """SQL of a row's identifiers over `layers`' names."""

    layers: list[dict[str, str]]
    kind: str
    value: str
    others: str
    account: str


def written_kind(kind: str, source: str, identity: Identity) -> str:
    """The kind as it stands in the tables: `email`, `phone` and shared kinds bare, others `<source>.<kind>`."""
    return kind if kind in ("email", "phone") or kind in identity.shared else f"{source}.{kind}"


def strength(kind: str, source: str, identity: Identity) -> int:
    """0 unique, 1 contact, 2 weak; judged on the bare and on the written kind."""
    names = {kind, written_kind(kind, source, identity)}
    return 0 if names & set(identity.unique) else 1 if names & set(identity.contact) else 2


def normalised(kind: str, text: str, phone_country: str | None) -> str:
    """SQL of one identifier's normal form; empty becomes null elsewhere."""
    if kind == "email":
        # An address alone is by far the most common form; only others pay for the patterns.
        odd = " OR ".join(
            [
                *(f"contains({text}, {quote_text(mark)})" for mark in _ODD),
                f"starts_with({text}, '[')",
                f"suffix({text}, '.')",
                f"strlen({text}) <> length({text})",
            ]
        )
        named = f"nullif(regexp_extract({text}, {quote_text(_NAMED)}, 1), '')"
        bare = f"nullif(regexp_extract({text}, {quote_text(_ADDRESS)}, 0), '')"
        # words are no address, and no hash of one either
        words = f"CASE WHEN NOT contains(trim({text}), ' ') THEN trim({text}) END"
        return f"lower(CASE WHEN {odd} THEN coalesce({named}, {bare}, {words}) ELSE {text} END)"
    # A number that a program held as a float, as pandas does where one is missing: 1001.0 is 1001.
    whole = f"CASE WHEN suffix({text}, '.0') THEN regexp_replace({text}, '^([0-9]+)\\.0$', '\\1') ELSE {text} END"
    if kind != "phone":
        return f"CASE WHEN {untrimmed(text)} THEN trim({text}) ELSE {whole} END"
    plain = f"replace(trim({whole}), '(0)', '')"
    digits = f"regexp_replace({plain}, '[^0-9]', '', 'g')"
    national = digits
    if phone_country:
        national = (
            f"CASE WHEN {digits} LIKE '0%' THEN {quote_text(phone_country)} || substr({digits}, 2) ELSE {digits} END"
        )
    return (
        f"CASE WHEN {plain} LIKE '+%' THEN {digits} WHEN {digits} LIKE '00%' THEN substr({digits}, 3) "
        f"ELSE {national} END"
    )


def clean_sql(name: str, ignore: Iterable[str]) -> str:
    """SQL of the value, or null where it is junk. The length comes first: few values are as short as junk."""
    junk = ", ".join(quote_text(word) for word in JUNK)
    longest = max(len(word) for word in JUNK)
    tests = [
        f"(strlen({name}) <= {longest} AND (lower({name}) IN ({junk}) OR {name} = ''))",
        f"({name} < '1' AND ltrim({name}, '0.-') = '')",  # zeros alone: of UUIDs, phones, decimals
        *(f"({glob_sql(name, pattern)})" for pattern in ignore),
    ]
    return f"CASE WHEN {' OR '.join(tests)} THEN NULL ELSE {name} END"


def identifiers_sql(
    cells: dict[str, list[Cell]], source: str, identity: Identity, phone_country: str | None
) -> IdentifierSql:
    """The SQL of all identifiers of a source.

    Args:
        cells: Kind -> cells, in the order of the source's `identifiers`; of several the first counts that is neither
            empty nor junk; none where the file has no such column.
        source: The source's name.
        identity: Which kinds are unique, contact and shared; what to ignore.
        phone_country: Country code that a national phone number's leading 0 stands for.
    """
    raw: dict[str, str] = {}
    clean: dict[str, str] = {}
    firsts: dict[str, str] = {}
    names: dict[str, str] = {}
    for kind, found in cells.items():
        own = []
        for cell in found:
            number = len(raw)
            raw[f"r{number}"] = normalised(kind, cell.text, phone_country)
            clean[f"i{number}"] = clean_sql(f"r{number}", identity.ignore)
            own.append(f"i{number}")
        if len(own) > 1:
            first = f"k{len(firsts)}"
            firsts[first] = f"coalesce({', '.join(own)})"
            own = [first]
        if own:
            names[kind] = own[0]
    account = names.pop(ACCOUNT, None)
    ranked = sorted((k for k in names if k not in ALONE), key=lambda k: strength(k, source, identity))
    alone = [kind for kind in names if kind in ALONE]
    order = [(written_kind(kind, source, identity), names[kind]) for kind in ranked + alone]
    layers = [layer for layer in (raw, clean, firsts) if layer]
    if not order:
        return IdentifierSql(layers, "CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)", _NO_OTHERS, account or _NULL)
    value = order[0][1] if len(order) == 1 else f"coalesce({', '.join(name for _, name in order)})"
    kind = "CASE " + " ".join(f"WHEN {name} IS NOT NULL THEN {quote_text(kind)}" for kind, name in order) + " END"
    return IdentifierSql(layers, kind, value, _others(order[: len(ranked)]), account or _NULL)


_NULL = "CAST(NULL AS VARCHAR)"
_NO_OTHERS = "CAST(NULL AS STRUCT(kind VARCHAR, value VARCHAR)[])"


def _others(ranked: list[tuple[str, str]]) -> str:
    """SQL of the identifiers after the strongest; null where there are none."""
    if len(ranked) < 2:
        return _NO_OTHERS
    structs = [f"{{'kind': {quote_text(kind)}, 'value': {name}}}" for kind, name in ranked]
    whole = " AND ".join(f"{name} IS NOT NULL" for _, name in ranked)
    told = f"WHEN {whole} THEN [{', '.join(structs[1:])}]"  # without filtering, a third of the time
    if len(ranked) == 2:
        return f"CASE {told} END"
    count = " + ".join(f"({name} IS NOT NULL)::TINYINT" for _, name in ranked)
    some = f"list_filter([{', '.join(structs)}], lambda x: x.value IS NOT NULL)[2:]"
    return f"CASE {told} WHEN {count} > 1 THEN {some} END"
