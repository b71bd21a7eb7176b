"""Which shipped connector a file belongs to, by the marks that connectors carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from journey_analytics.config.fields import FieldSpec
from journey_analytics.config.model import Source
from journey_analytics.connectors.load import load_connector, shipped
from journey_analytics.connectors.model import Connector, Mark, Stream
from journey_analytics.engine.duck import quote_name
from journey_analytics.errors import JourneyError
from journey_analytics.guess.model import Sample
from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.conditions import condition_sql
from journey_analytics.ingest.inputs import Input
from journey_analytics.ingest.layers import LAYER
from journey_analytics.ingest.plan import Plan, plan_for, plans
from journey_analytics.ingest.readers import FileOptions, RawFile, read_file
from journey_analytics.ingest.rows import EXPANDED_LINE, expanded

_ROWS = 200


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

    def recognise(self, con: duckdb.DuckDBPyConnection, sample: Sample, workdir: Path) -> Match | None:
        """The connector whose marks the sample bears; of several the one with the most telling marks."""
        matches = []
        for name, connector in self.connectors.items():
            for plan, stream in zip(self._plans(name), connector.resolved(), strict=True):
                weight = self._weight(con, sample, workdir, connector, plan, stream)
                if weight:
                    reads = self.reader(name, sample.path)
                    matches.append((weight, reads == stream.name, name, stream.name))
        if not matches:
            return None
        # The stream that would read the file by its name comes first among equally telling ones.
        best = max(matches, key=lambda match: (match[0], match[1]))
        return Match(best[2], best[3], best[0])

    def _plans(self, name: str) -> list[Plan]:
        return plans(Source(name=name, connector=name), self.connectors[name])

    def reader(self, name: str, path: Path) -> str | None:
        """The stream of a connector that reads a file of this name."""
        plan = plan_for(Input(path, path.name, path.name).base, self._plans(name))
        return None if plan is None else plan.stream

    def named(self, name: str, path: Path) -> bool:
        """Whether a stream of the connector asks for this very file name, rather than for any."""
        streams = self.connectors[name].resolved()
        stream = next((stream for stream in streams if stream.name == self.reader(name, path)), None)
        return stream is not None and not any(re.match(r"\*(\.|$)", pattern) for pattern in stream.files)

    def _weight(
        self,
        con: duckdb.DuckDBPyConnection,
        sample: Sample,
        workdir: Path,
        connector: Connector,
        plan: Plan,
        stream: Stream,
    ) -> int:
        marks = stream.recognise or connector.recognise
        if stream.role == "events" and (getattr(plan, "header", None) or getattr(plan, "pattern", None)):
            return _shape(sample, plan)
        tabular = sample.format in ("csv", "parquet")
        if not marks or (tabular and not any(_columns_hold(mark, sample) for mark in marks)):
            return 0
        try:
            raw = read_file(con, sample.part, _options(sample, plan, workdir))
            return max((_bears(con, raw, plan, mark) for mark in marks), default=0)
        except (JourneyError, duckdb.Error):
            return 0  # not this connector's rows


def _options(sample: Sample, plan: Plan, workdir: Path) -> FileOptions:
    return FileOptions(workdir=workdir, format=plan.format or sample.format, delimiter=sample.delimiter)


def _columns_hold(mark: Mark, sample: Sample) -> bool:
    return all(any(field == c or field.startswith((c + ".", c + "[")) for c in sample.columns) for field in mark.has)


def _bears(con: duckdb.DuckDBPyConnection, raw: RawFile, plan: Plan, mark: Mark) -> int:
    """How telling a mark is, if the first rows bear it: the number of its parts; 0 if they do not."""
    relation = quote_name(raw.relation)
    if raw.is_json and plan.rows:
        inner: Any = expanded(relation, raw.line_column, plan.rows, renumber=True)
        relation, line = f"({inner})", EXPANDED_LINE
    else:
        line = raw.line_column
    cells = Cells(raw.columns, raw.is_json, trim=raw.format != "parquet")
    found = [cells.field(FieldSpec(paths=(field,))) for field in mark.has]
    if any(cell is None for cell in found):
        return 0
    present = " AND ".join(f"{cell.sql} IS NOT NULL" for cell in found if cell is not None) if raw.is_json else "true"
    where = condition_sql(mark.where, cells) if mark.where else "true"
    layers = cells.select(relation, [], line)
    sql = layers[0] + f" LIMIT {_ROWS}"
    for layer in layers[1:]:
        sql = layer.replace(LAYER, f"({sql})")
    both = con.sql(f"SELECT count(*) FILTER (({present}) AND {where}) FROM ({sql})").fetchall()[0][0]
    return 2 * len(mark.has) + 3 * len(mark.where or {}) if both else 0


def _shape(sample: Sample, plan: Plan) -> int:
    """Marks of formats without names: a pattern that most lines match, or the number of fields and their values."""
    pattern = getattr(plan, "pattern", None)
    if pattern:
        with sample.part.open(encoding="utf-8", errors="replace") as file:
            lines = [line.rstrip("\r\n") for line, _ in zip(file, range(_ROWS), strict=False) if line.strip()]
        try:
            test = re.compile(pattern)
        except re.error:
            return 0
        hits = sum(test.search(line) is not None for line in lines)
        return 20 if lines and hits * 2 > len(lines) else 0
    header: list[str] = list(getattr(plan, "header", None) or [])
    if sample.format != "csv" or len(sample.columns) != len(header) or len(header) < 5:
        return 0
    spec = plan.columns.get("occurred_at")
    places = [header.index(path) for path in (spec.paths if spec else ()) if path in header]
    cells = [row.get(sample.columns[place], "") for row in sample.rows for place in places]
    first = sample.columns if not sample.rows else []
    dated = any(re.match(r"\d{4}-\d\d-\d\d|\d{10}", cell) for cell in [*cells, *first])
    return 20 if dated or len(header) > 50 else 0
