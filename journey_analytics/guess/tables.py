"""One log that no connector knows: its columns' parts put together into a source, or the reason why it is none."""

from __future__ import annotations

import re
from typing import Any

from journey_analytics.guess.columns import common_fields, event_name_column, profile
from journey_analytics.guess.identifiers import event_id, identifiers
from journey_analytics.guess.model import Column, LeftOut, Sample, SourceGuess, TimeGuess, plain_name
from journey_analytics.guess.times import is_bookkeeping, is_received, rank, time_guess
from journey_analytics.guess.write_yaml import quoted

_CHANNELS = (
    ("email", r"e?mail|newsletter|campaign_?send"),
    ("crm", r"crm|lead|deal|opportunit|contact|account|quote"),
    ("service", r"ticket|support|complaint|helpdesk"),
    ("phone", r"call|phone|telefon"),
    ("store", r"store|pos_|kassa|till|receipt"),
    ("app", r"(^|_)app(_|$)|mobile|screen"),
    ("web", r"web|shop|site|page|click|visit|access|pixel"),
)
_TEXT = (
    "is text without columns; if it is a log, describe its lines with `format: lines` and a `pattern` (docs/connectors.md)"
)
_VERBS = {"won": "deal_won", "lost": "deal_lost", "closed_won": "deal_won", "closed_lost": "deal_lost"}
_ORDERED = {"order", "orders", "purchase", "purchases", "bestellung", "bestellungen", "bestelling", "bestellingen"}


def guess_table(sample: Sample, name: str) -> SourceGuess | LeftOut:
    """Guess a source.

    Args:
        sample: The first rows.
        name: The source's name, from the file's.
    """
    if not sample.rows:
        return LeftOut(sample.path, "has no rows")
    if not any(sample.rows):
        return LeftOut(sample.path, "has no rows of named values")
    if sample.format == "csv" and len(sample.columns) == 1:
        return LeftOut(sample.path, _TEXT)
    columns = profile(sample)
    by_name = {column.name: column for column in columns}
    times = [time for column in columns if (time := time_guess(column)) is not None]
    times.sort(key=lambda time: rank(time, by_name[time.column]))
    taken = {time.column for time in times}
    if not times:
        return _without_time(sample, name, columns)
    people, why, doubts = identifiers(columns, taken)
    if not [kind for kind in people if kind != "account"]:
        return LeftOut(sample.path, "no column tells whose the rows are: neither a user, an address nor a device")
    guess = _start(sample, name)
    taken |= set(people.values())
    kind = event_name_column(columns, taken)
    wide = [] if kind is not None else _wide(times, by_name)
    if kind is not None:
        taken.add(kind.name)
    fields = common_fields(columns, taken)
    own_id = event_id(columns, taken | set(fields.values()), len(sample.rows))
    if own_id is None and wide:
        own_id = event_id(columns, {time.column for time in times}, len(sample.rows))
    _channel(guess, sample, name, fields, people)
    mapped: dict[str, Any] = {}
    if len(wide) > 1:
        _wide_events(guess, name, wide, fields)
    else:
        _single_event(guess, name, times[0], kind, mapped, times, by_name)
    if own_id is not None:
        mapped["event_id"] = own_id.name
        guess.remarks["columns.event_id"] = "different in every row looked at"
    mapped |= {field: column for field, column in fields.items() if not (field == "value" and len(wide) > 1)}
    if mapped:
        guess.keys["columns"] = mapped
    guess.keys["identifiers"] = people
    guess.remarks |= {f"identifiers.{key}": text for key, text in why.items()}
    guess.checks |= {f"identifiers.{key}": text for key, text in doubts.items()}
    _zone(guess, [time for time in times if time in wide] if len(wide) > 1 else times[:1])
    return guess


def _start(sample: Sample, name: str) -> SourceGuess:
    keys: dict[str, Any] = {"connector": "table", "format": sample.format}
    guess = SourceGuess(name, [sample.path], keys, f"{sample.format}, described in place")
    if sample.format == "csv":
        keys["delimiter"] = sample.delimiter
        shown = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}.get(str(sample.delimiter), "delimiters")
        guess.what = f"CSV with {shown}, described in place"
        if not sample.header:
            keys["header"] = list(sample.columns)
            guess.checks["header"] = "the first line names no columns: give them their names, here and below"
    if sample.row_path is not None:
        keys["rows"] = sample.row_path
        guess.remarks["rows"] = "where the rows are inside a document"
    return guess


def _single_event(
    guess: SourceGuess,
    name: str,
    time: TimeGuess,
    kind: Column | None,
    mapped: dict[str, Any],
    times: list[TimeGuess],
    by_name: dict[str, Column],
) -> None:
    mapped["occurred_at"] = time.column
    guess.remarks["columns.occurred_at"] = f"{time.written}; {time.zone}"
    others = [other.column for other in times[1:]]
    if others and rank(time, by_name[time.column])[0] == rank(times[1], by_name[times[1].column])[0]:
        guess.checks["columns.occurred_at"] = f"other times are {', '.join(others)}"
    received = next((other.column for other in times[1:] if is_received(by_name[other.column])), None)
    if received is not None:
        mapped["received_at"] = received
    if kind is not None:
        mapped["event_name"] = kind.name
        values = list(dict.fromkeys(kind.values))
        more = ", …" if len(values) > 6 else ""
        guess.remarks["columns.event_name"] = f"{kind.distinct} different: {', '.join(values[:6])}{more}"
        if kind.plain in ("category", "status", "type", "kind"):
            guess.checks["columns.event_name"] = "its name could mean something else than what happened"
        return
    entity = _singular(re.sub(r"[\d_]+$", "", name)) or "logged"
    guess.keys["event"] = "order_completed" if name.strip("_0123456789") in _ORDERED else entity
    guess.checks["event"] = "no column names the events; this comes from the file's name"


def _wide(times: list[TimeGuess], by_name: dict[str, Column]) -> list[TimeGuess]:
    """The times of a row that are events of their own: named after what happened, not after the row's handling."""
    found = []
    for time in times:
        column = by_name[time.column]
        named = re.fullmatch(r"(.+?)_?(at|on|date|time|datetime|ts|timestamp)|(date|time|datum)_.+", column.plain)
        general = re.fullmatch(r"(event|occurred|time|date|log|server|local)(_.*)?", column.plain)
        if named and not general and not is_bookkeeping(column) and not is_received(column):
            found.append(time)
    order = list(by_name)
    return sorted(found, key=lambda time: order.index(time.column))


def _wide_events(guess: SourceGuess, name: str, wide: list[TimeGuess], fields: dict[str, str]) -> None:
    entity = _singular(re.sub(r"[\d_]+$", "", name)) or "row"
    events: list[dict[str, str]] = []
    for time in wide:
        plain = plain_name(time.column)
        verb = re.sub(r"_?(at|on|date|time|datetime|ts|timestamp)$|^(date|time|datum)_", "", plain) or plain
        event = _VERBS.get(verb, verb if verb.startswith(entity) else f"{entity}_{verb}")
        entry = {"event": event, "at": time.column}
        if "value" in fields and event in ("deal_won", "order_completed", "order_paid", "order_ordered"):
            entry["value"] = fields["value"]
        events.append(entry)
    guess.keys["events"] = events
    guess.remarks["events"] = "one row, several events: each time that is not empty is one"
    guess.checks["events"] = "the names come from the columns'; docs/interfaces.md lists those that stage models know"


def _zone(guess: SourceGuess, times: list[TimeGuess]) -> None:
    formats = {time.format for time in times if time.format}
    if formats:
        guess.keys["time_format"] = sorted(formats)[0]
        if len({time.format for time in times}) > 1:
            guess.checks["time_format"] = "not all times are written alike; those that are not end among the rejected"
    unsure = [time for time in times if not time.sure]
    guess.keys["timezone"] = "UTC"
    guess.remarks["timezone"] = times[0].zone
    doubts = list(dict.fromkeys(doubt for time in unsure for doubt in time.doubts))
    if doubts:
        guess.checks["timezone"] = "; ".join(doubts)


def _channel(guess: SourceGuess, sample: Sample, name: str, fields: dict[str, str], people: dict[str, str]) -> None:
    place = f"{sample.path.parent.name}_{name}".lower()
    if "url" in fields and ("user_agent" in fields or "referrer" in fields or "cookie" in people):
        channel, why = "web", "it has web addresses"
    else:
        found = next(((c, w) for c, words in _CHANNELS if (w := _word(words, name) or _word(words, place))), None)
        if found is None and "url" in fields:
            found = ("web", "it has web addresses")
        if found is None:
            guess.checks["channel"] = "no channel could be guessed: web, app, email, crm, phone, store …"
            return
        channel, why = found[0], found[1]
    guess.keys["channel"] = channel
    guess.checks["channel"] = f"guessed: {why}"


def _word(words: str, text: str) -> str | None:
    found = re.search(words, text)
    return f"the name holds {found[0]!r}" if found else None


def _singular(word: str) -> str:
    word = word.strip("_-")
    return word[:-3] + "y" if word.endswith("ies") else word[:-1] if re.search(r"[^s]s$", word) else word


def _without_time(sample: Sample, name: str, columns: list[Column]) -> SourceGuess | LeftOut:
    """A table without times: links, if it ties identifiers; else it is left out."""
    people, why, doubts = identifiers(columns, set())
    people.pop("ip", None)
    own = event_id(columns, set(people.values()), len(sample.rows))
    if own is not None and len(people) == 1 and ("email" in people or "phone" in people):
        people = {"crm_contact": own.name, **people}
        doubts["crm_contact"] = "taken for the customer's number: it is different in every row"
    if len(people) < 2 or set(people) <= {"account"}:
        return LeftOut(sample.path, "no column holds times, so it is no log (a lookup table, perhaps)")
    guess = _start(sample, name)
    guess.what += "; ties identifiers, no events"
    stream: dict[str, Any] = {"name": "links", "files": "*", "role": "links"}
    file = f"connectors/{name}.yaml"
    guess.keys["connector"] = file
    guess.remarks["connector"] = "a table without times: its rows tie identifiers and are no events"
    guess.keys["identifiers"] = people
    guess.remarks |= {f"identifiers.{key}": text for key, text in why.items()}
    guess.checks |= {f"identifiers.{key}": text for key, text in doubts.items()}
    listed = ", ".join(f"{key}: {quoted(value)}" for key, value in people.items())
    guess.connector = (
        f"# A table without events: each row ties one person's identifiers.\nstreams:\n  - name: {stream['name']}\n"
        f'    files: "*"\n    role: links\n    identifiers: {{{listed}}}\n'
    )
    return guess
