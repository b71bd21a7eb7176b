"""When a snapshot was taken: by its file's name, by a column, or by the file's own time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from journey_analytics.config.snapshot import DIRECTIVES
from journey_analytics.errors import ConfigError, Problem
from journey_analytics.ingest.plan import Plan


@dataclass(frozen=True, order=True)
class Moment:
    """When a snapshot was taken.

    Attributes:
        iso: What moments are ordered by; naive, in one zone within a stream.
        text: As the mapping reads it, in the source's zone and time format.
    """

    iso: str
    text: str


def from_name(plan: Plan, name: str) -> Moment:
    """The moment in a file's name.

    Raises:
        ConfigError: If the pattern is not found in it, or what is found is no date.
    """
    assert plan.snapshot is not None
    pattern = str(plan.snapshot.taken_at.name)
    pieces = re.split(r"(%.)", pattern)
    regex = "".join(DIRECTIVES.get(piece, re.escape(piece)) for piece in pieces)
    found = re.findall(f"(?<![0-9]){regex}(?![0-9])" if pattern[0] == "%" else regex, name)
    try:
        moment = datetime.strptime(found[-1], pattern)
    except (IndexError, ValueError) as error:
        what = f"{found[-1]!r} is no date" if found else f"no date like {pattern!r} in the name"
        remedy = "Rename the file, narrow `files`, or change the pattern; it is looked for in the path shown."
        raise ConfigError(Problem(what, name, key=f"sources.{plan.source}.snapshot.taken_at", remedy=remedy)) from error
    is_day = not {"%H", "%M", "%S"} & set(pieces)
    return _moment(plan, moment, is_day)


def from_file_time(plan: Plan, mtime_ns: int) -> Moment:
    """The moment at which a file was last changed: the last resort, as copying a file can change it."""
    moment = datetime.fromtimestamp(mtime_ns / 1e9, ZoneInfo(plan.timezone)).replace(tzinfo=None)
    return _moment(plan, moment, False)


def _moment(plan: Plan, moment: datetime, is_day: bool) -> Moment:
    plain = moment.date().isoformat() if is_day else moment.isoformat(sep=" ")
    first = plan.time_format[0] if isinstance(plan.time_format, list) else plan.time_format
    return Moment(moment.isoformat(), plain if first is None else moment.strftime(first))
