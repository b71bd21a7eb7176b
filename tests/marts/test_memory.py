"""Part of the memory limit for others, and all of it back."""

from __future__ import annotations

import pytest

from journey_analytics.engine.duck import connect, memory_limit, share_of_memory, sharing_memory


@pytest.mark.parametrize("configured", ["2GB", None])
def test_the_limit_is_lower_for_a_while_and_then_what_it_was(configured: str | None) -> None:
    with connect(memory=configured) as con:
        before = memory_limit(con)
        for _ in range(20):
            with sharing_memory(con, 400_000_000, configured):
                assert memory_limit(con) < before - 200_000_000
        assert memory_limit(con) == before


def test_at_most_half_is_given_up_also_when_it_goes_wrong() -> None:
    def fail(limit: int) -> None:
        raise KeyError(limit)

    with connect(memory="1GB") as con:
        before = memory_limit(con)
        with pytest.raises(KeyError) as raised, sharing_memory(con, 10**12, "1GB"):
            fail(memory_limit(con))
        assert before * 0.45 < raised.value.args[0] < before * 0.55
        assert memory_limit(con) == before


def test_of_a_large_limit_more_is_left_to_what_is_not_counted() -> None:
    assert share_of_memory(2_000_000_000) == 1_875_000_000
    assert share_of_memory(400_000_000) == 375_000_000
    assert share_of_memory(4_000_000_000) == 3_375_000_000
