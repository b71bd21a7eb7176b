"""What a run says of amounts it could not read, and of values in several currencies."""

from __future__ import annotations

import pytest

from journey_analytics.engine.duck import connect
from journey_analytics.engine.value_warnings import value_warnings

Event = tuple[str, float | None, str | None, list[str] | None]


def told(events: list[Event], currency: str | None = "EUR", flags: list[str] | None = None) -> list[str]:
    with connect() as con:
        con.execute("CREATE TABLE files (flags VARCHAR[])")
        con.execute("INSERT INTO files VALUES (?)", [flags])
        con.execute("CREATE TABLE events (source VARCHAR, value DOUBLE, currency VARCHAR, flags VARCHAR[])")
        con.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events)
        return value_warnings(con, currency)


@pytest.mark.parametrize(
    ("currencies", "configured"),
    [([None, "EUR", "eur"], "EUR"), ([None, None], "EUR"), (["USD", "USD"], None), ([None], None)],
)
def test_one_currency_is_nothing_to_say(currencies: list[str | None], configured: str | None) -> None:
    assert told([("shop", 8.0, code, None) for code in currencies], configured) == []


def test_a_currency_without_a_value_is_none() -> None:
    assert told([("shop", 8.0, "EUR", None), ("shop", None, "JPY", None)]) == []


@pytest.mark.parametrize("configured", ["EUR", None])
def test_several_currencies_are_named_commonest_first(configured: str | None) -> None:
    events: list[Event] = [("shop", 8.0, code, None) for code in ("EUR", "JPY", "EUR", "USD")]
    (line,) = told(events, configured)
    assert line.startswith("values are in EUR (2 events), JPY (1 event), USD (1 event): nothing is converted")


def test_values_of_another_currency_than_the_configured_one_only() -> None:
    (line,) = told([("shop", 8.0, "USD", None)])
    assert line.startswith("values are in USD (1 event): nothing is converted")


def test_amounts_that_cannot_be_read_are_counted_by_source() -> None:
    events: list[Event] = [
        ("shop", None, None, ["unreadable_value"]),
        ("shop", 1.0, None, None),
        ("crm", None, None, None),
    ]
    (line,) = told(events, flags=["unreadable_values"])
    assert line.startswith("shop: 1 event with an amount that can't be read")
