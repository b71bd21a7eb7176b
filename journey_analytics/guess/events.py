"""What the rows of an unknown table are called as events: by a column, by their times, or by the table's name."""

from __future__ import annotations

import re
from typing import Any

from journey_analytics.guess.model import Column, SourceGuess, TimeGuess, plain_name
from journey_analytics.guess.times import is_bookkeeping, is_received, rank

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


def single_event(
    guess: SourceGuess,
    name: str,
    time: TimeGuess,
    kind: Column | None,
    mapped: dict[str, Any],
    times: list[TimeGuess],
    by_name: dict[str, Column],
) -> None:
    """Map the time and the name of a table whose rows are one event each."""
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
    guess.keys["event"] = known_event(name) or _entity(name) or "logged"
    guess.checks["event"] = "no column names the events; this comes from the file's name"


def wide_times(times: list[TimeGuess], by_name: dict[str, Column]) -> list[TimeGuess]:
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


def wide_events(guess: SourceGuess, name: str, wide: list[TimeGuess], fields: dict[str, str]) -> None:
    """List the events of a table whose rows are several, one for each of their times."""
    known = known_event(name)
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


def known_event(name: str) -> str | None:
    """The event that a row of a table of this name most likely is."""
    return next((event for event, words in _KNOWN if re.search(words, name)), None)


def _entity(name: str) -> str:
    """What a row of a table of this name is: `customers_export_2` holds a `customer`."""
    return _singular(re.sub(r"[\d_]+$", "", _NO_ENTITY.sub("", name)))


def survey_properties(guess: SourceGuess, columns: list[Column], taken: set[str]) -> None:
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


def _singular(word: str) -> str:
    word = word.strip("_-")
    return word[:-3] + "y" if word.endswith("ies") else word[:-1] if re.search(r"[^s]s$", word) else word
