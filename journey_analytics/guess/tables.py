"""One log that no connector knows: its columns' parts put together into a source, or the reason why it is none."""

from __future__ import annotations

import re
from typing import Any

from journey_analytics.guess.columns import common_fields, event_name_column, profile, unnamed_fields
from journey_analytics.guess.events import known_event, single_event, survey_properties, wide_events, wide_times
from journey_analytics.guess.identifiers import event_id, identifiers, unnamed_identifier
from journey_analytics.guess.model import Column, LeftOut, Sample, SourceGuess, TimeGuess
from journey_analytics.guess.times import is_sync, rank, time_guess
from journey_analytics.guess.write_yaml import quoted

_CHANNELS = (
    ("email", r"e?mail|newsletter|campaign_?send"),
    ("survey", r"(^|_)(nps|csat|survey|umfrage|enquete)"),
    ("crm", r"crm|lead|deal|opportunit|contact|account|quote"),
    ("service", r"ticket|support|complaint|helpdesk"),
    ("phone", r"call|phone|telefon|anruf"),
    ("store", r"store|pos_|kassa|till|receipt"),
    ("app", r"(^|_)app(_|$)|mobile|screen"),
    ("web", r"web|shop|site|page|click|visit|access|pixel"),
)
_TEXT = "is text without columns; if it is a log, describe its lines with `format: lines` and a `pattern`"


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
    if sample.format == "csv" and (len(sample.columns) == 1 or (len(sample.columns) == 2 and not sample.header)):
        return LeftOut(sample.path, _TEXT)
    columns = profile(sample)
    by_name = {column.name: column for column in columns}
    times = [time for column in columns if (time := time_guess(column)) is not None]
    times = [time for time in times if not is_sync(by_name[time.column])]
    times.sort(key=lambda time: rank(time, by_name[time.column]))
    taken = {time.column for time in times}
    if not times:
        return _without_time(sample, name, columns)
    people, why, doubts = identifiers(columns, taken)
    if not people and not sample.header and sample.format == "csv":
        people, why, doubts = unnamed_identifier(columns, taken)
    if not [kind for kind in people if kind != "account"]:
        return LeftOut(sample.path, "no column tells whose the rows are: neither a user, an address nor a device")
    guess = _start(sample, name)
    taken |= set(people.values())
    kind = event_name_column(columns, taken)
    wide = wide_times(times, by_name)
    if kind is not None and kind.plain.endswith("status") and (len(wide) > 1 or known_event(name) is not None):
        kind = None  # how a thing stands today; its times, or what a row of such a table is, tell what happened
    if kind is not None:
        wide = []
    if kind is not None:
        taken.add(kind.name)
    fields = common_fields(columns, taken)
    if not sample.header and sample.format == "csv":
        found = unnamed_fields(columns, taken)
        kind = kind or found.pop("event_name", None)
        fields |= {field: column.name for field, column in found.items()}
        taken |= {kind.name} if kind is not None else set()
    own_id = event_id(columns, taken | set(fields.values()), len(sample.rows))
    if own_id is None and len(wide) > 1:
        own_id = event_id(columns, {time.column for time in times}, len(sample.rows), of_people=True)
    _channel(guess, sample, name, fields, people)
    mapped: dict[str, Any] = {}
    if len(wide) > 1:
        wide_events(guess, name, wide, fields)
    else:
        single_event(guess, name, times[0], kind, mapped, times, by_name)
    if own_id is not None:
        mapped["event_id"] = own_id.name
        guess.remarks["columns.event_id"] = "different in every row looked at"
    mapped |= {field: column for field, column in fields.items() if not (field == "value" and len(wide) > 1)}
    if mapped:
        guess.keys["columns"] = mapped
    if "value" in fields and "currency" not in fields:
        guess.checks["columns.value"] = "no column names its currency: write `currency: EUR`, or what it is, at the top"
    if guess.keys.get("event") == "survey_answered":
        survey_properties(guess, columns, taken)
    guess.keys["identifiers"] = people
    guess.remarks |= {f"identifiers.{key}": text for key, text in why.items()}
    guess.checks |= {f"identifiers.{key}": text for key, text in doubts.items()}
    _zone(guess, [time for time in times if time in wide] if len(wide) > 1 else times[:1])
    return guess


def _start(sample: Sample, name: str) -> SourceGuess:
    keys: dict[str, Any] = {"connector": "table", "format": sample.format}
    words = {"jsonl": "JSON lines", "json": "JSON", "parquet": "Parquet", "form": "form-encoded bodies"}
    shown = words.get(sample.format, sample.format)
    guess = SourceGuess(name, [sample.path], keys, f"{shown} of no known vendor, described column by column")
    if sample.format == "csv":
        keys["delimiter"] = sample.delimiter
        shown = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}.get(str(sample.delimiter), "delimiters")
        guess.what = f"CSV with {shown}, of no known vendor, described column by column"
        if not sample.header:
            keys["header"] = list(sample.columns)
            guess.checks["header"] = "the first line names no columns: give them their names, here and below"
    if sample.row_path is not None:
        keys["rows"] = sample.row_path
        guess.remarks["rows"] = "where the rows are inside a document"
    return guess


def _zone(guess: SourceGuess, times: list[TimeGuess]) -> None:
    formats = {time.format for time in times if time.format}
    if formats:
        guess.keys["time_format"] = sorted(formats)[0]
        if len({time.format for time in times}) > 1:
            guess.checks["time_format"] = "not all times are written alike; those that are not end among the rejected"
    unsure = [time for time in times if not time.sure]
    if not unsure:
        return  # the times say it themselves
    guess.keys["timezone"] = "UTC"
    guess.remarks["timezone"] = unsure[0].zone
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


def _without_time(sample: Sample, name: str, columns: list[Column]) -> SourceGuess | LeftOut:
    """A table without times: links, if it ties identifiers; else it is left out."""
    people, why, doubts = identifiers(columns, set())
    people.pop("ip", None)
    own = event_id(columns, set(people.values()), len(sample.rows), of_people=True)
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
