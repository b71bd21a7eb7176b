"""Which rows are accepted, which are duplicates or rejected, and the total order. No identity here."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.config import Event, OracleConfig
from tests.oracle.machine import machine_rules
from tests.oracle.text import any_glob

#: Junk that the adapters and strategies use; the shipped list may hold more.
JUNK = {"null", "undefined", "anonymous", "0", ""}
#: What tells nothing about the content of a row.
_PLACE = {"file", "line", "event_id", "ordered_at", "tag"}


def clean_identifiers(event: Event, config: OracleConfig) -> list[tuple[str, str, str]]:
    """Identifiers as (strength, kind, value), in the source's order.

    "e-mail trimmed and lower-cased; phone to digits; others trimmed. Kinds other than e-mail and phone belong
    to their source unless `identity.shared` lists them: ... written `shop.user_id`". "A junk value is as an
    empty cell". "`account` groups people and never joins them."
    """
    cleaned = []
    for kind, raw in event["identifiers"]:
        if raw is None or kind == "account":
            continue
        value = raw.strip()
        if kind == "email":
            value = value.lower()
        elif kind == "phone":
            value = "".join(c for c in value if c.isdigit())
        if value in JUNK or any_glob(config.ignore, value):
            continue
        full = kind if kind in ("email", "phone") or kind in config.shared else f"{event['source']}.{kind}"
        strength = "1 unique" if kind in config.unique else "2 contact" if kind in config.contact else "3 weak"
        cleaned.append((strength, full, value))
    return cleaned


def content_key(event: Event) -> str:
    """A text that is equal for rows of equal content."""
    return repr(sorted((key, str(value)) for key, value in event.items() if key not in _PLACE))


def order_key(event: Event, config: OracleConfig) -> tuple[Any, ...]:
    """The total order.

    "(occurred_at, order of the source in the configuration, the source's own sequence number where it has one,
    event_id); rows without a sequence first, sequences as numbers, ids by code point." Date-only values "are
    ordered ... as the last microsecond of their local day".
    """
    sequence = event["sequence"]
    return (
        event["ordered_at"],
        config.sources.index(event["source"]),
        sequence is not None,
        sequence if sequence is not None else Decimal(0),
        event["event_id"],
    )


def accept(rows: list[Event], config: OracleConfig) -> tuple[list[Event], list[Event], list[tuple[Event, str]]]:
    """Judge every row: accepted events in the total order, duplicates, and rejected rows with their reason."""
    good: list[Event] = []
    rejected: list[tuple[Event, str]] = []
    for row in rows:
        # "A row later than the run's clock plus `max_clock_skew` (24 h) is rejected as `future`"
        if row["occurred_at"] > config.clock + config.max_clock_skew:
            rejected.append((row, "future"))
        # "a row left without identifier is rejected as `no_identifier`"
        elif not clean_identifiers(row, config):
            rejected.append((row, "no_identifier"))
        else:
            good.append(row)
    accepted, duplicates = _without_duplicates(good, config)
    for event in accepted:
        event["ids"] = clean_identifiers(event, config)
    for event, rules in zip(accepted, machine_rules(accepted, config.machine), strict=True):
        if rules:
            event["actor"] = "machine"
    return sorted(accepted, key=lambda e: order_key(e, config)), duplicates, rejected


def _without_duplicates(rows: list[Event], config: OracleConfig) -> tuple[list[Event], list[Event]]:
    """One row per (source, event_id).

    "`event_id` is scoped to its source. Same id, other content: the newest `received_at` wins, then the greatest
    content hash". "Without an id: `dedupe: content` (default), `occurrence` (the k-th equal row of one file
    equals the k-th of another) or `none`."
    """
    groups: dict[tuple[str, str], list[Event]] = defaultdict(list)
    seen_in_file: Counter[tuple[str, str, str]] = Counter()
    for number, row in enumerate(rows):
        key = content_key(row)
        made_up = "~" + hashlib.sha256(key.encode()).hexdigest()
        if row["event_id"] is None:
            how = config.dedupe.get(row["source"], "content")
            if how == "occurrence":
                place = (row["source"], str(row.get("file")), key)
                seen_in_file[place] += 1
                made_up += f"#{seen_in_file[place]:06d}"
            elif how == "none":
                made_up += f"!{number:06d}"
            row = {**row, "event_id": made_up}
        groups[row["source"], row["event_id"]].append(row)
    accepted, duplicates = [], []
    for group in groups.values():
        group.sort(key=lambda e: (e["received_at"] or datetime.min, content_key(e)))
        accepted.append(group[-1])
        duplicates.extend(group[:-1])
    return accepted, duplicates


def decide_as_of(accepted: list[Event], config: OracleConfig) -> datetime:
    """ "`as_of`...: the moment given, else the earlier of the run's clock and the newest accepted time"."""
    if config.as_of is not None:
        return config.as_of
    times: list[datetime] = [event["occurred_at"] for event in accepted]
    return min(config.clock, max(times)) if times else config.clock
