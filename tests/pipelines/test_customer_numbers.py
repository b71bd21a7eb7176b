"""A customer's number inside the models stays from run to run: what is kept by number can be found again."""

from __future__ import annotations

import duckdb
import pytest

from journey_analytics.identity.ledger import COLUMNS, name_customers, next_ledger


class Loads:
    """Runs of the naming alone, one after the other, each with the ledger that the one before left."""

    def __init__(self) -> None:
        self._con = duckdb.connect()
        self._con.execute(f"CREATE TABLE identity_ledger ({COLUMNS})")

    def run(self, components: list[str]) -> dict[str, int]:
        """Name customers given as their identifiers' letters, in any order; identifier -> customer number."""
        letters = sorted("".join(components))
        self._con.execute(
            "CREATE OR REPLACE TABLE identifier_totals AS "
            "SELECT row_number() OVER (ORDER BY identifier) - 1 AS ident_no, 'email' AS kind, identifier, "
            "TIMESTAMP '2026-01-01' AS ordered_at, 2 AS strength "
            "FROM (SELECT unnest($1) AS identifier)",
            [letters],
        )
        component = {letter: no for no, letters_ in enumerate(components) for letter in letters_}
        self._con.execute("CREATE OR REPLACE TABLE identified (ident_no BIGINT, component BIGINT)")
        self._con.executemany(
            "INSERT INTO identified VALUES (?, ?)", [[no, component[letter]] for no, letter in enumerate(letters)]
        )
        name_customers(self._con)
        next_ledger(self._con)
        self._con.execute("CREATE OR REPLACE TABLE identity_ledger AS FROM identity_ledger_next")
        found = dict(self._con.execute("SELECT component, ck FROM customer_numbers").fetchall())
        return {letter: found[component[letter]] for letter in letters}


@pytest.fixture
def loads() -> Loads:
    """No ledger yet."""
    return Loads()


def test_new_customers_are_numbered_after_all_others(loads: Loads) -> None:
    first = loads.run(["k", "m", "z"])
    assert sorted(first.values()) == [0, 1, 2]
    second = loads.run(["a", "k", "m", "n", "z"])
    assert {letter: second[letter] for letter in "kmz"} == first
    assert sorted((second["a"], second["n"])) == [3, 4]


def test_who_is_merged_leaves_a_hole_and_has_the_old_number_when_split_again(loads: Loads) -> None:
    first = loads.run(["a", "b", "c", "d"])
    merged = loads.run(["a", "bc", "d"])
    assert merged["b"] == merged["c"]
    assert merged["b"] in (first["b"], first["c"])
    assert {letter: merged[letter] for letter in "ad"} == {letter: first[letter] for letter in "ad"}
    assert loads.run(["e", "d", "c", "b", "a"]) == first | {"e": 4}


def test_who_is_gone_keeps_the_number(loads: Loads) -> None:
    first = loads.run(["a", "b", "c"])
    assert loads.run(["b", "c"]) == {letter: first[letter] for letter in "bc"}
    assert loads.run(["a", "b", "c"]) == first
