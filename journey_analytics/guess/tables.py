"""One log that no connector knows: its columns' parts put together into a source, or the reason why it is none."""

from __future__ import annotations

import re
from typing import Any

from journey_analytics.guess.columns import common_fields, event_name_column, profile, unnamed_fields
from journey_analytics.guess.identifiers import event_id, identifiers, unnamed_identifier
from journey_analytics.guess.model import Column, LeftOut, Sample, SourceGuess, TimeGuess, plain_name
from journey_analytics.guess.times import is_bookkeeping, is_received, rank, time_guess
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
_TEXT = (
    "is text without columns; if it is a log, describe its lines with `format: lines` and a `pattern` (docs/connectors.md)"
)
#: What a row of a table of that name most likely is, in the words that stage models know.
_KNOWN = (
    ("survey_answered", r"(^|_)(nps|csat|survey|umfrage|enquete)"),
    ("order_completed", r"(^|_)(orders?|purchases?|bestellung(en)?|bestelling(en)?|commandes?)(_|$)"),
    ("call_logged", r"(^|_)(calls?|anrufe?|telefonate?)(_|$)"),
    ("ticket_created", r"(^|_)(tickets?|support_requests?|conversations?)(_|$)"),
    ("meeting_held", r"(^|_)(meetings?|appointments?|termine?)(_|$)"),
    ("lead_created", r"(^|_)(leads?|prospects?)(_|$)"),
    ("deal_created", r"(^|_)(deals?|opportunit(y|ies))(_|$)"),
    ("form_submitted", r"(^|_)(forms?|submissions?|contact_requests?)(_|$)"),
    ("page_viewed", r"(^|_)(page_?views?|hits?|visits?)(_|$)"),
)
_PLACED = {"created", "ordered", "placed", "order", "purchased"}
_NO_ENTITY = re.compile(r"(^|_)(export|data|dump|table|all|list|csv|report|final|\d+)(?=_|$)")
_DONE = r"created|closed|won|lost|paid|opened|resolved|cancell?ed|completed|shipped|delivered|converted|signed|refunded"
_SCORES = r"score|nps(_score)?|csat(_score)?|rating|bewertung|likelihood.*"
_COMMENTS = r"comments?|feedback|verbatim|kommentar|opmerking(en)?|answer_text"
_VERBS = {"won": "deal_won", "lost": "deal_lost", "closed_won": "deal_won", "closed_lost": "deal_lost"}


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
    wide = _wide(times, by_name)
    if kind is not None and kind.plain.endswith("status") and (len(wide) > 1 or _known(name) is not None):
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
    if "value" in fields and "currency" not in fields:
        guess.checks["columns.value"] = "no column names its currency: write `currency: EUR`, or what it is, at the top"
    if guess.keys.get("event") == "survey_answered":
        _survey(guess, columns, taken)
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
    guess.keys["event"] = _known(name) or _entity(name) or "logged"
    guess.checks["event"] = "no column names the events; this comes from the file's name"


def _wide(times: list[TimeGuess], by_name: dict[str, Column]) -> list[TimeGuess]:
    """The times of a row that are events of their own: named after what happened, not after the row's handling."""
    found = []
    for time in times:
        column = by_name[time.column]
        named = re.fullmatch(
            rf"(.+?)_?(at|on|date|time|datetime|ts|timestamp)|(date|time|datum)_.+|(.+_)?({_DONE})", column.plain
        )
        general = re.fullmatch(r"(event|occurred|time|date|log|server|local)(_.*)?", column.plain)
        if named and not general and not is_bookkeeping(column) and not is_received(column):
            found.append(time)
    order = list(by_name)
    return sorted(found, key=lambda time: order.index(time.column))


def _wide_events(guess: SourceGuess, name: str, wide: list[TimeGuess], fields: dict[str, str]) -> None:
    known = _known(name)
    entity = known.partition("_")[0] if known is not None else _entity(name) or "row"
    placed = any(_verb(time, entity) in _PLACED for time in wide)
    events: list[dict[str, str]] = []
    for time in wide:
        verb = _verb(time, entity)
        event = _VERBS.get(verb, f"{entity}_{verb}")
        if known == "order_completed" and (verb in _PLACED or (verb == "paid" and not placed)):
            event = known
        entry = {"event": event, "at": time.column}
        if "value" in fields and event in ("deal_won", "order_completed", "order_paid", "order_ordered"):
            entry["value"] = fields["value"]
        events.append(entry)
    guess.keys["events"] = events
    guess.remarks["events"] = "one row, several events: each time that is not empty is one"
    guess.checks["events"] = "named after the columns; docs/interfaces.md lists the names that stage models know"


def _verb(time: TimeGuess, entity: str) -> str:
    """What happened, from a time's column: `Deal - Won time` of a deal is `won`."""
    plain = plain_name(time.column)
    verb = re.sub(r"_?(at|on|date|time|datetime|ts|timestamp)$|^(date|time|datum)_", "", plain) or plain
    while verb.startswith(entity + "_"):
        verb = verb[len(entity) + 1 :]
    return verb


def _known(name: str) -> str | None:
    """The event that a row of a table of this name most likely is."""
    return next((event for event, words in _KNOWN if re.search(words, name)), None)


def _entity(name: str) -> str:
    """What a row of a table of this name is: `customers_export_2` holds a `customer`."""
    return _singular(re.sub(r"[\d_]+$", "", _NO_ENTITY.sub("", name)))


def _survey(guess: SourceGuess, columns: list[Column], taken: set[str]) -> None:
    """The properties of an answer that stage models read: its score, which survey it was, what was said."""
    found = {
        entry: next((c.name for c in columns if c.name not in taken and re.fullmatch(words, c.plain)), None)
        for entry, words in (("score", _SCORES), ("comment", _COMMENTS))
    }
    if found["score"] is None:
        guess.checks["event"] = "the file's name speaks of a survey, but no column of a score was found"
        return
    which = "csat" if "csat" in f"{guess.name} {found['score']}".lower() else "nps"
    rule: dict[str, Any] = {"score": found["score"], "survey": {"constant": which}}
    rule |= {"comment": found["comment"]} if found["comment"] else {}
    guess.keys["events"] = {"survey_answered": {"set": rule}}
    guess.checks["events.survey_answered"] = f"taken for answers to {which.upper()}: nps or csat"


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
