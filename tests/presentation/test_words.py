from dataclasses import replace

from journey_analytics.presentation.facts import DropOff, Facts, Totals
from journey_analytics.presentation.numbers import NBSP
from journey_analytics.presentation.words import headline

TOTALS = Totals(500, 20, 480, 60, 300, 120, 900, 9000, None, None, 0)


def stage(name: str, rank: int, dropped: int, judged: int, low: float, high: float, small: bool = False) -> DropOff:
    rate = dropped / judged if judged else None
    on = judged - dropped
    return DropOff(
        "all",
        "all",
        name,
        rank,
        judged + 10,
        on,
        dropped,
        10,
        judged + 3,
        on,
        dropped,
        rate,
        low if judged else None,
        high if judged else None,
        small,
        judged,
        60.0,
    )


GOAL = DropOff("all", "all", "Won", 4, 60, 60, 0, 0, 0, 0, 0, None, None, None, False, 60, None)


def said(*stages: DropOff, totals: Totals = TOTALS) -> tuple[str, str, list[str]]:
    words = headline(Facts(run=None, totals=totals, drop_off=[*stages, GOAL]))
    return words.title, words.sentence.replace(NBSP, " "), words.notes


def test_the_largest_dependable_drop_off_is_named_with_its_interval() -> None:
    title, sentence, notes = said(
        stage("Seen", 1, 60, 300, 0.16, 0.25),
        stage("Asked", 2, 190, 312, 0.55, 0.66),
        stage("Few", 3, 9, 10, 0.6, 0.98, True),
    )
    assert title == "The largest drop-off is at Asked"
    expected = (
        "Of 312 journeys that reached Asked and had time to finish, 61 % went no further (95 % interval 55\u201366 %)."
    )
    assert sentence == expected
    assert notes == ["Of 480 journeys in all, 60 reached Won, the goal; 300 were dropped; 120 are still open."]


def test_a_close_second_is_named() -> None:
    _, _, notes = said(stage("Seen", 1, 174, 300, 0.52, 0.64), stage("Asked", 2, 190, 312, 0.55, 0.66))
    assert notes[0].startswith("Seen is close")


def test_small_groups_are_never_named() -> None:
    title, sentence, _ = said(stage("Seen", 1, 9, 10, 0.6, 0.98, True))
    assert title == "Too few finished journeys to name a drop-off"
    assert "10" in sentence


def test_too_early_to_say() -> None:
    assert said(stage("Seen", 1, 0, 0, 0, 0, True))[0] == "Too early to say where journeys stop"


def test_nobody_dropped() -> None:
    assert said(stage("Seen", 1, 0, 100, 0.0, 0.04))[0] == "Nobody has dropped off so far"


def test_no_journeys() -> None:
    title, sentence, _ = said(totals=replace(TOTALS, journeys=0))
    assert title == "No journeys yet"
    assert "500 customers" in sentence
