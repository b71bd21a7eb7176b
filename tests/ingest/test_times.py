"""Every rule of semantics.md on time, through real files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journey_analytics.engine.duck import connect
from journey_analytics.ingest.cells import Cell
from journey_analytics.ingest.times import time_sql
from journey_analytics.ingest.zone_words import OFFSETS
from tests.ingest.staging import csv, project, rows, stage


def times(folder: Path, *written: str, zone: str = "UTC", **source: object) -> list[tuple[object, ...]]:
    text = "at,event,email\n" + "".join(f'"{time}",x,a@example.org\n' for time in written)
    return csv(folder, text, "occurred_at::VARCHAR", "reason", timezone=zone, **source)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2024-05-01T10:00:00Z", "2024-05-01 10:00:00"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00"),
        ("2024-05-01 10:00:00+0200", "2024-05-01 08:00:00"),
        ("2024-05-01 10:00:00 -0500", "2024-05-01 15:00:00"),
        ("2024-05-01T10:00:00.123456Z", "2024-05-01 10:00:00.123456"),
        ("2024-05-01 10:00:00 UTC", "2024-05-01 10:00:00"),
        ("2024-05-01 3:15:52", "2024-05-01 03:15:52"),
        ("2024-05-01T10:00", "2024-05-01 10:00:00"),
        ("20240501T100000Z", "2024-05-01 10:00:00"),
        ("2024-05-01T10:00:00,5Z", "2024-05-01 10:00:00.5"),
        ("2024-05-01T10:00:00z", "2024-05-01 10:00:00"),
        ("1714557600", "2024-05-01 10:00:00"),
        ("1714557600123", "2024-05-01 10:00:00.123"),
        ("1714557600123456", "2024-05-01 10:00:00.123456"),
        ("1714557600123456789", "2024-05-01 10:00:00.123456"),
        ("1714557600.25", "2024-05-01 10:00:00.25"),
        ("2024-05-01 10:00:00 EST", "2024-05-01 15:00:00"),
        ("2024-07-01 10:00:00 CET", "2024-07-01 09:00:00"),
        ("2024-07-01T10:00:00.5 pdt", "2024-07-01 17:00:00.5"),
        ("2024-05-01 10:00:00BST", "2024-05-01 09:00:00"),
        ("2024-05-01 10:00:00 Europe/Berlin", "2024-05-01 08:00:00"),
        ("Mon, 01 Jul 2024 10:00:00 EDT", "2024-07-01 14:00:00"),
    ],
)
def test_forms_of_time(tmp_path: Path, written: str, utc: str) -> None:
    assert times(tmp_path, written) == [(utc, None)]


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    "written", ["2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00", "2024-05-01 10:00:00+00", "1714557600"]
)
def test_an_offset_wins_over_the_source_time_zone(tmp_path: Path, zone: str, written: str) -> None:
    assert times(tmp_path, written, zone=zone) == [("2024-05-01 10:00:00", None)]


def test_the_word_for_a_zone_wins_too_and_where_it_means_several_the_sources_zone_says_which(tmp_path: Path) -> None:
    assert times(tmp_path, "2024-05-01 10:00:00 BST", zone="America/New_York") == [("2024-05-01 09:00:00", None)]
    assert times(tmp_path, "2024-05-01 10:00:00 IST") == [(None, "unparsable_time")]
    assert times(tmp_path, "2024-05-01 10:00:00 IST", zone="Asia/Kolkata") == [("2024-05-01 04:30:00", None)]
    assert times(tmp_path, "2024-05-01 10:00:00 IST", zone="Asia/Jerusalem") == [("2024-05-01 08:00:00", None)]
    assert times(tmp_path, "2024-05-01 10:00:00 XYZ") == [(None, "unparsable_time")]


def test_words_for_zones_are_those_of_the_time_zone_database() -> None:
    rfc = {"EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"}  # RFC 2822; some name zones elsewhere too
    found: dict[str, set[timedelta | None]] = {}
    for name in available_timezones():
        for month in (1, 7):
            moment = datetime(2024, month, 1, tzinfo=ZoneInfo(name))
            if "/" in name and (word := moment.tzname() or "").isalpha():
                found.setdefault(word, set()).add(moment.utcoffset())
    for word, offset in OFFSETS.items():
        sign = -1 if offset[0] == "-" else 1
        told = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
        assert told in found[word] if word in rfc else found[word] == {told}, word


def test_a_time_without_offset_is_local(tmp_path: Path) -> None:
    assert times(tmp_path, "2024-05-01 10:00:00", "2024-01-01 10:00:00", zone="Europe/Amsterdam") == [
        ("2024-05-01 08:00:00", None),
        ("2024-01-01 09:00:00", None),
    ]


def test_autumns_double_time_is_the_earlier_and_springs_missing_one_moves_forward(tmp_path: Path) -> None:
    text = "at,event,email\n" + "".join(
        f"{t},x,a@example.org\n"
        for t in (
            "2024-10-27 02:30:00",
            "2024-03-31 02:30:00",
            "2024-10-27 01:59:59",
            "2024-10-27 03:00:00",
            "2024-10-27T02:30:00+01:00",
        )
    )
    found = csv(tmp_path, text, "occurred_at::VARCHAR", "flags", timezone="Europe/Amsterdam")
    assert found == [
        ("2024-10-27 00:30:00", ["ambiguous_time"]),
        ("2024-03-31 01:30:00", ["shifted_time"]),
        ("2024-10-26 23:59:59", None),
        ("2024-10-27 02:00:00", None),
        ("2024-10-27 01:30:00", None),
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(
        ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata"]
    ),
    local=st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)),
    near=st.integers(-7200, 7200),
    change=st.sampled_from(
        [None, (2024, 3, 31, 2), (2024, 10, 27, 2), (2024, 11, 3, 1), (2024, 3, 10, 2), (2024, 4, 7, 1)]
    ),
)
def test_local_times_agree_with_zoneinfo(zone: str, local: datetime, near: int, change: tuple[int, ...] | None) -> None:
    if change is not None:
        local = datetime.fromtimestamp(datetime(*change, tzinfo=UTC).timestamp() + near, UTC).replace(tzinfo=None)  # type: ignore[misc]
    sql = time_sql(Cell("x", "TIMESTAMP"), zone, None, "t_")
    con = connect()
    inner = "SELECT $1::TIMESTAMP AS x"
    for layer in sql.layers:
        inner = f"SELECT *, {', '.join(f'{s} AS {n}' for n, s in layer.items())} FROM ({inner})"
    flags = ", ".join(f"({s}) AS {n}" for n, s in sql.flags.items())
    found, ambiguous, shifted = con.execute(f"SELECT {sql.occurred}, {flags} FROM ({inner})", [local]).fetchall()[0]
    tz = ZoneInfo(zone)
    early = local.replace(tzinfo=tz, fold=0).astimezone(UTC)
    late = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    exists = early.astimezone(tz).replace(tzinfo=None) == local
    assert found == early.replace(tzinfo=None)
    assert ambiguous == (exists and early != late)
    assert shifted == (not exists)


def test_a_date_shows_midnight_and_is_ordered_at_the_end_of_its_local_day(tmp_path: Path) -> None:
    text = "at,event,email\n2024-05-01,x,a@example.org\n2024-03-31,x,a@example.org\n2024-1-5,x,a@example.org\n"
    found = csv(tmp_path, text, "occurred_at::VARCHAR", "ordered_at::VARCHAR", "flags", timezone="Europe/Amsterdam")
    assert found == [
        ("2024-04-30 22:00:00", "2024-05-01 21:59:59.999999", ["date_only"]),
        ("2024-03-30 23:00:00", "2024-03-31 21:59:59.999999", ["date_only"]),
        ("2024-01-04 23:00:00", "2024-01-05 22:59:59.999999", ["date_only"]),
    ]


def test_typed_dates_and_timestamps_of_parquet(tmp_path: Path) -> None:
    con = connect()
    con.execute(
        f"COPY (SELECT DATE '2024-05-01' AS d, TIMESTAMP '2024-05-01 10:00:00' AS t, "
        f"TIMESTAMPTZ '2024-05-01 10:00:00+02' AS z, "
        f"1714557600123::BIGINT AS ms, 1714557600.5::DOUBLE AS s, 'x' AS event, 'a@example.org' AS email) "
        f"TO '{tmp_path / 'a.parquet'}'"
    )
    expected = {
        "d": ("2024-04-30 22:00:00", ["date_only"]),
        "t": ("2024-05-01 08:00:00", None),
        "z": ("2024-05-01 08:00:00", None),
        "ms": ("2024-05-01 10:00:00.123", None),
        "s": ("2024-05-01 10:00:00.5", None),
    }
    for column, wanted in expected.items():
        source = {
            "files": "a.parquet",
            "columns": {"occurred_at": column, "event_name": "event"},
            "timezone": "Europe/Amsterdam",
        }
        assert rows(stage(project(tmp_path, source)), "occurred_at::VARCHAR", "flags") == [wanted]


def test_epoch_units_are_judged_per_row_and_a_mixed_file_is_flagged(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("at,event,email\n1714557600,x,a@example.org\n1714557600000,x,a@example.org\n")
    staged = stage(project(tmp_path))
    assert set(rows(staged, "occurred_at::VARCHAR")) == {"2024-05-01 10:00:00"}
    assert staged.files[0].flags == ["mixed_epoch_units"]
    assert rows(staged, "flags") == [None, ["epoch_unit_differs"]]


def test_impossible_years_are_rejected(tmp_path: Path) -> None:
    found = csv(
        tmp_path,
        "at,event,email\n1970-01-01,x,a@example.org\n3,x,a@example.org\n1979-12-31 23:59:59,x,a@example.org\n"
        "1980-01-01,x,a@example.org\n55970-01-01 00:00:00,x,a@example.org\n"
        "2201-01-01,x,a@example.org\n2200-12-31,x,a@example.org\n",
        "reason",
    )
    assert found == ["impossible_year"] * 3 + [None] + ["impossible_year"] * 2 + [None]


def test_missing_and_unparsable_times(tmp_path: Path) -> None:
    found = csv(
        tmp_path,
        "at,event,email\n,x,a@example.org\n  ,x,a@example.org\nyesterday,x,a@example.org\ninfinity,x,a@example.org\n"
        "epoch,x,a@example.org\n12/30/2020,x,a@example.org\n2024-02-30,x,a@example.org\n99999999999999999999999999,x,a@example.org\n",
        "reason",
        "detail",
        "raw",
    )
    assert [row[0] for row in found] == ["missing_time"] * 2 + ["unparsable_time"] * 6
    assert found[2] == ("unparsable_time", "yesterday", "yesterday,x,a@example.org")


def test_a_time_format(tmp_path: Path) -> None:
    assert times(tmp_path, "30/12/2020 10:00", "2020-12-30", zone="Europe/Amsterdam", time_format="%d/%m/%Y %H:%M") == [
        ("2020-12-30 09:00:00", None),
        (None, "unparsable_time"),
    ]
    assert times(
        tmp_path, "10/Oct/2000:13:55:36 -0700", zone="Europe/Amsterdam", time_format="%d/%b/%Y:%H:%M:%S %z"
    ) == [("2000-10-10 20:55:36", None)]
    found = csv(tmp_path, "at,event,email\n30.12.2020,x,a@example.org\n", "flags", time_format="%d.%m.%Y")
    assert found == [["date_only"]]


def test_future_rows_are_kept_with_their_text(tmp_path: Path) -> None:
    found = csv(
        tmp_path,
        "at,event,email\n2024-06-02 12:00:00,x,a@example.org\n2024-06-02 12:00:01,x,a@example.org\n",
        "reason",
        "raw",
    )
    assert found == [(None, None), (None, "2024-06-02 12:00:01,x,a@example.org")]


def test_nanoseconds_of_parquet_are_cut_as_in_text(tmp_path: Path) -> None:
    moment = 1_709_287_200_123_456_789
    table = pa.table(
        {
            "aware": pa.array([moment], pa.timestamp("ns", "Europe/Amsterdam")),
            "naive": pa.array([moment], pa.timestamp("ns")),
            "text": ["2024-03-01T10:00:00.123456789Z"],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    expected = datetime(2024, 3, 1, 10, 0, 0, 123456)
    for column in table.column_names:
        source = {
            "files": "a.parquet",
            "columns": {"occurred_at": column},
            "event": "x",
            "identifiers": {"user_id": "text"},
            "timezone": "UTC",
        }
        assert rows(stage(project(tmp_path, source)), "occurred_at") == [expected]
