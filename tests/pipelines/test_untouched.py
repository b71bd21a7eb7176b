"""A load changes the rows of customers that it touches and nobody else's: keeping rows from run to run needs that."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_analytics.engine.duck import connect
from tests.loads.actions import Append, Sighting
from tests.loads.project import first_load

pytestmark = pytest.mark.slow

#: Published table -> what of a row depends on the clock or on all customers.
BY_CUSTOMER = {
    "events": (),
    "sessions": (),
    "stage_visits": (),
    "identifiers": (),
    "journeys": ("outcome", "start_observed"),
    "customers": ("outcome",),
}


def test_a_day_changes_only_the_rows_of_its_customers(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    project = first_load(tmp_path_factory).copied(tmp_path)
    before = tmp_path / "before.duckdb"
    before.write_bytes(project.published.read_bytes())
    # two who were there before, one of them with a late row as well, and one whom nobody has seen
    seen = (
        Sighting(person=2, event=1),
        Sighting(person=2, event=3, days=150),
        Sighting("mail", 5, 2),
        Sighting(person=9),
    )
    Append(seen).apply(project)
    project.config["incremental"] = 0  # everything is computed anew: where rows are kept, this says nothing
    project.load()
    with connect() as con:
        con.execute(f"ATTACH '{before}' AS was (READ_ONLY); ATTACH '{project.published}' AS now (READ_ONLY)")
        touched = "SELECT customer_id FROM now.events ANTI JOIN was.events AS w USING (source, event_id)"
        new = con.sql(f"SELECT count(*) FROM now.customers WHERE customer_id IN ({touched})").fetchall()[0][0]
        known = con.sql(f"SELECT count(*) FROM was.customers WHERE customer_id IN ({touched})").fetchall()[0][0]
        others = con.sql(f"SELECT count(*) FROM was.customers WHERE customer_id NOT IN ({touched})").fetchall()[0][0]
        assert 0 < known < new
        assert others > 0
        for table, derived in BY_CUSTOMER.items():
            left_out = f"EXCLUDE ({', '.join(derived)})" if derived else ""
            rows = f"SELECT * {left_out} FROM {{}}.{table} WHERE customer_id IS NULL OR customer_id NOT IN ({touched})"
            was, now = (f"({rows.format(name)})" for name in ("was", "now"))
            assert con.sql(f"SELECT count(*) FROM {was}").fetchall()[0][0] > 0
            assert con.sql(f"({was} EXCEPT ALL {now}) UNION ALL ({now} EXCEPT ALL {was})").fetchall() == [], table
