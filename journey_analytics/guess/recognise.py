"""Which shipped connector a file belongs to, by the marks that connectors carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_analytics.config.model import Source
from journey_analytics.connectors.load import load_connector, shipped
from journey_analytics.connectors.model import Connector, Stream
from journey_analytics.guess.marks import objects_within, weight
from journey_analytics.guess.model import Sample
from journey_analytics.ingest.plan import Plan, plan_for, plans

_LINES = 200


@dataclass(frozen=True)
class Match:
    """A connector that knows a file: the stream whose marks it bears, and how telling they are."""

    connector: str
    stream: str
    weight: int


class Recogniser:
    """The shipped connectors, loaded once."""

    def __init__(self) -> None:
        names = [name for name in shipped() if name != "table"]
        self.connectors: dict[str, Connector] = {name: load_connector(name, Path()) for name in names}
        self._streams: dict[str, list[Stream]] = {name: c.resolved() for name, c in self.connectors.items()}
        self._plans: dict[str, list[Plan]] = {
            name: plans(Source(name=name, connector=name), connector) for name, connector in self.connectors.items()
        }

    def recognise(self, sample: Sample) -> Match | None:
        """The connector whose marks the sample bears: the most telling marks win.

        Among the tables of that connector a table's usual file name decides, if its marks hold too: tables may share
        columns, and a vendor's name for a file is no accident.
        """
        matches = self.matches(sample)
        if not matches:
            return None
        best = max(matches, key=lambda match: (match.weight, self.reader(match.connector, sample.path) == match.stream))
        usual = self.reader(best.connector, sample.path)
        return next((match for match in matches if (match.connector, match.stream) == (best.connector, usual)), best)

    def matches(self, sample: Sample) -> list[Match]:
        """Every table of every connector whose marks the sample bears."""
        matches: list[Match] = []
        for name, connector in self.connectors.items():
            inside: dict[frozenset[str], list[dict[str, Any]]] = {}
            for plan, stream in zip(self._plans[name], self._streams[name], strict=True):
                marks = stream.recognise or connector.recognise
                rows, columns = _rows(sample, plan, inside)
                found = max((weight(mark, rows, columns) for mark in marks), default=0)
                if found:
                    matches.append(Match(name, stream.name, found))
        return matches

    def reader(self, name: str, path: Path) -> str | None:
        """The stream of a connector that reads a file of this name."""
        plan = plan_for(path.name, self._plans[name])
        return None if plan is None else plan.stream

    def named(self, name: str, path: Path) -> bool:
        """Whether a stream of the connector asks for this very file name, rather than for any."""
        usual = self.reader(name, path)
        stream = next((stream for stream in self._streams[name] if stream.name == usual), None)
        return stream is not None and not any(re.match(r"\*(\.|$)", pattern) for pattern in stream.files)


def _rows(
    sample: Sample, plan: Plan, inside: dict[frozenset[str], list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], list[str] | None]:
    """The sample's rows as this plan would read them, and the columns of a table; no rows where it could not."""
    if plan.pattern is not None or (plan.header and plan.delimiter is not None):
        return _split(sample.lines, plan)
    if sample.format in ("csv", "parquet"):
        return list(sample.rows), sample.columns
    if sample.format == "lines":
        return [], []
    steps = frozenset(re.findall(r'\*(?!\])|[^.\[\]*"]+', " . ".join(_texts(plan.rows))))
    if steps not in inside:
        inside[steps] = list(objects_within(sample.documents, {step.strip() for step in steps}))
    return inside[steps], None


def _texts(rows: tuple[str | list[str], ...]) -> list[str]:
    return [path for part in rows for path in ([part] if isinstance(part, str) else part)]


def _split(lines: list[str], plan: Plan) -> tuple[list[dict[str, Any]], list[str]]:
    """Lines taken apart by a plan's pattern or at its delimiter; nothing unless that fits most of them."""
    if plan.pattern is not None:
        try:
            test = re.compile(plan.pattern)
        except re.error:  # RE2 knows forms that Python's does not
            return [], []
        found = [match.groupdict("") for line in lines[:_LINES] if (match := test.fullmatch(line))]
        columns = list(test.groupindex)
    else:
        cells = [line.split(str(plan.delimiter)) for line in lines[:_LINES]]
        columns = list(plan.header)
        found = [dict(zip(columns, row, strict=True)) for row in cells if len(row) == len(columns)]
    return (found, columns) if len(found) * 2 > min(len(lines), _LINES) else ([], [])
