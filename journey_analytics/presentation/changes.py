"""What moved beyond chance, as sentences for the overview: what, for whom, since when. Nothing where nothing did."""

from __future__ import annotations

from collections.abc import Sequence

from journey_analytics.presentation.findings import Change
from journey_analytics.presentation.numbers import NBSP, count, duration, money, percent, points, shorten
from journey_analytics.presentation.standouts import StandOut, date_in_words, group_name, listed

#: Sentences that the overview shows; the table has all.
MOST = 6
#: Measure -> what more or fewer of them do.
_SHARES = {
    "advanced": "goes on from {stage} within 14 days",
    "dropped": "drops off at {stage}",
    "converted": "converts",
    "completed": "is completed",
}
_VOLUMES = {"journeys_begun": "journeys begin", "orders": "orders", "new_customers": "new customers"}
_PAGES = {"advanced": "drop-off.html", "dropped": "drop-off.html", "orders": "channels.html"}


def sentences(found: Sequence[Change], currency: str | None = None) -> list[StandOut]:
    """One sentence per figure that moved; groups in which the same moved the same way are named with it."""
    told: dict[tuple[str, str | None, bool], list[Change]] = {}
    for row in found:
        told.setdefault((row.measure, row.stage, row.now > row.before), []).append(row)
    return [_sentence(rows, currency) for rows in list(told.values())[:MOST]]


def _sentence(rows: list[Change], currency: str | None) -> StandOut:
    whole = [row for row in rows if row.segment == "all"]
    first = whole[0] if whole else rows[0]
    others = [group_name(row.segment, row.value) for row in rows if row is not first]
    who = "" if first.segment == "all" else f"{group_name(first.segment, first.value)}: "
    more = first.now > first.before
    since = f" since about {date_in_words(first.since)}" if first.since else ""
    if first.measure in _SHARES:
        what = _SHARES[first.measure].format(stage=shorten(first.stage, 40))
        title = f"{who}a {'larger' if more else 'smaller'} share of journeys {what}{since}"
        sure = f"{points(first.low, first.high)} (95{NBSP}%)"
        detail = f"{percent(first.now)} in 28 days, {percent(first.before)} in the 28 before: {sure}, "
        detail += f"{count(first.now_count)} and {count(first.before_count)} journeys."
    elif first.measure in _VOLUMES:
        title = f"{who}{'more' if more else 'fewer'} {_VOLUMES[first.measure]}{since}"
        detail = f"{count(round(first.now))} in 28 days, {count(round(first.before))} in the 28 before: a larger step "
        detail += "than chance and than is usual from four weeks to the next."
    elif first.measure == "median_seconds_to_convert":
        longer = "longer" if more else "less long"
        title = f"{who}it takes {longer} from the start of a journey to its first order{since}"
        detail = (
            f"The median is {duration(first.now)} for those who ordered in 28 days, {duration(first.before)} in the "
        )
        detail += f"28 before: {count(first.now_count)} and {count(first.before_count)} journeys."
    else:
        what = "the average order is" if first.measure == "order_value" else "revenue is"
        title = f"{who}{what} {'higher' if more else 'lower'}{since}"
        detail = f"{money(first.now, currency)} in 28 days, {money(first.before, currency)} in the 28 before."
    also = f" {'It shows in' if whole else 'The same moved for'} {listed(others[:4])}." if others else ""
    title = title[0].upper() + title[1:]
    return StandOut(title, detail + also, _PAGES.get(first.measure, "periods.html"))
