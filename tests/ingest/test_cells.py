"""Blanks around values: the cheap way gives what trimming always would."""

from __future__ import annotations

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.ingest.cells import trimmed

VALUES = st.none() | st.text(st.sampled_from(" a\t\n%_\u00a0\u3000é"), max_size=6)


@settings(deadline=None)  # the machine may be busy
@given(values=st.lists(VALUES, min_size=1, max_size=20))
def test_trimmed_as_trimming_everything(values: list[str | None]) -> None:
    with duckdb.connect() as con:
        sql = f"SELECT {trimmed('x')}, nullif(trim(x), '') FROM (SELECT unnest($1::VARCHAR[]) AS x)"
        assert all(cheap == plain for cheap, plain in con.execute(sql, [values]).fetchall())
