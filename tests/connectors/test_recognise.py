"""The web connectors' marks hold for their vendor's sample and for no other's."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics.config.model import Source
from journey_analytics.connectors.load import load_connector
from journey_analytics.connectors.model import Mark
from journey_analytics.engine.duck import connect, quote_name
from journey_analytics.errors import JourneyError
from journey_analytics.ingest.cells import Cells
from journey_analytics.ingest.conditions import condition_sql
from journey_analytics.ingest.plan import file_options, plans
from journey_analytics.ingest.readers import read_file
from journey_analytics.ingest.rows import expanded
from tests.connectors.web_rows import EXCERPTS, WEB

DATA = WEB.parent
SAMPLES = {
    **{name: connector for connector, names in EXCERPTS.items() for name in names},
    "amplitude_event_type_data.csv": "amplitude",
    "../example_segment_pages.csv": "segment",
    "../sendgrid.snowplow.json": None,
    "../sendgrid.anymail.json": None,
    **{f"../hubspot/{path.name}": None for path in sorted((DATA / "hubspot").iterdir())[::6]},
}


def recognised(connector: str, path: Path, folder: Path) -> bool:
    """Whether one of the connector's streams, reading the file in its own way, finds its marks."""
    loaded = load_connector(connector, folder)
    streams = loaded.resolved()
    for plan, stream in zip(plans(Source(name="x", connector=connector), loaded), streams, strict=True):
        marks: list[Mark] = stream.recognise or loaded.recognise
        con = connect(threads=1)
        try:
            raw = read_file(con, path, file_options(plan, folder))
            relation = quote_name(raw.relation)
            if raw.is_json and plan.rows:
                relation = f"({expanded(relation, raw.line_column, plan.rows, renumber=True)})"
            for mark in marks:
                cells = Cells(raw.columns, raw.is_json)
                found = [cells.path(field) for field in mark.has]
                where = condition_sql(mark.where, cells) if mark.where else "true"
                if any(cell is None for cell in found):
                    continue
                tests = ", ".join(f"count({cell.sql}) > 0" for cell in found if cell)
                layers = cells.select(relation, [])
                sql = "WITH " + ", ".join(f"l{n} AS ({text})" for n, text in enumerate(layers)).replace(
                    "\x01layer\x01", "l0"
                )
                # A table has its columns even where no row fills them.
                if not raw.is_json:
                    tests = "count(*) > 0"
                row = con.sql(f"{sql} SELECT {tests}, count(*) FILTER ({where}) > 0 FROM l{len(layers) - 1}").fetchall()
                if all(row[0]):
                    return True
        except JourneyError:
            continue
        finally:
            con.close()
    return False


@pytest.mark.parametrize("connector", [*EXCERPTS, "segment"])
def test_marks_tell_a_vendors_rows_from_all_others(tmp_path: Path, connector: str) -> None:
    found = {name: recognised(connector, WEB / name, tmp_path) for name in SAMPLES}
    assert found == {name: vendor == connector for name, vendor in SAMPLES.items()}
