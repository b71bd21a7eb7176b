from datetime import datetime

import pytest

from journey_analytics.presentation import numbers

NBSP = numbers.NBSP


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\u2013"),
        (0.0, "0"),
        (1.0, "100"),
        (0.6149, "61"),
        (0.034, "3.4"),
        (0.0004, "0.0"),
        (0.0995, "10"),
        (0.952, "95.2"),
    ],
)
def test_a_percentage_has_a_decimal_where_it_matters(value: float | None, text: str) -> None:
    assert numbers.percent(value) == (text if value is None else f"{text}{NBSP}%")


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.553, 0.661, "55\u201366"),
        (0.003, 0.031, "0.3\u20133.1"),
        (0.036, 0.62, "4\u201362"),
        (0.951, 1.0, "95.1\u2013100"),
        (0.0, 0.0, "0\u20130"),
    ],
)
def test_both_ends_of_an_interval_are_written_alike(low: float, high: float, text: str) -> None:
    assert numbers.interval(low, high) == f"{text}{NBSP}%"


def test_no_interval_is_nothing() -> None:
    assert numbers.interval(None, 0.5) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "\u2013"),
        (0, "at once"),
        (0.2, "1 s"),
        (59.4, "59 s"),
        (59.9, "1 min"),
        (3_599, "1 h"),
        (7_200, "2 h"),
        (5_400, "1.5 h"),
        (100_000, "28 h"),
        (172_800, "2 days"),
        (3.5 * 86_400, "3.5 days"),
        (86_400 * 40, "40 days"),
        (86_400 * 182.625, "6 months"),
    ],
)
def test_durations_in_the_unit_people_would_use(seconds: float | None, text: str) -> None:
    assert numbers.duration(seconds).replace(NBSP, " ") == text


def test_dates_are_in_the_reporting_time_zone() -> None:
    at = datetime(2026, 3, 31, 22, 30)
    assert numbers.clock(at, numbers.zone("Europe/Amsterdam")).replace(NBSP, " ") == "1 Apr 2026, 00:30"
    assert numbers.day(at, numbers.zone("UTC")).replace(NBSP, " ") == "31 Mar 2026"


@pytest.mark.parametrize("name", [None, "", "Nowhere/Land", "../../etc/passwd"])
def test_an_unknown_time_zone_is_utc(name: str | None) -> None:
    assert str(numbers.zone(name)) == "UTC"


def test_counts_and_nouns() -> None:
    assert numbers.many(1, "journey") == "1 journey"
    assert numbers.many(1_234_567, "journey") == "1,234,567 journeys"


def test_labels_are_one_short_line_and_no_markup() -> None:
    assert numbers.label("<b>x</b>\n\u202ey") == "&lt;b&gt;x&lt;/b&gt;\ufffdy"
    assert numbers.label("a" * 40, 10) == "a" * 9 + "…"
    assert numbers.label("&" * 12, 10) == "&amp;" * 9 + "…"  # cut first, so that no entity is cut
