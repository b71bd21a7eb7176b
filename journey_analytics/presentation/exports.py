"""What stands behind every figure: its definition, its SQL, and its rows as CSV that no spreadsheet executes."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: More rows than this stay in the warehouse: the page holds the first ones and says so.
MOST_ROWS = 2000

#: Figure -> (table it needs, definition in one or two sentences, SQL on the published file).
FIGURES: dict[str, tuple[str, str, str]] = {
    "kpis": (
        "kpis",
        "Orders are the conversion events of journey.yaml. Rates count only what has had time to show: customers and "
        "journeys that began at least the horizon before the newest data; their last periods lie a horizon earlier.",
        "select kpi, period, value, numerator, denominator, low, high, is_small from kpis where segment = 'all' "
        "order by kpi, period",
    ),
    "kpi_groups": (
        "kpis",
        "The same figures of groups: a group's orders are those in its journeys, its customers those whose first order "
        "lies in one. Differences are not tested.",
        "select segment, segment_value, kpi, period, value, numerator, denominator, low, high, is_small from kpis "
        "where segment not in ('all', 'cohort') and period in ('last 28 days', '28 days before') "
        "order by segment, segment_value, kpi, period",
    ),
    "drop_off": (
        "drop_off",
        "Drop-off rate: dropped / (dropped + went on) over mature journeys, with the 95 % Wilson interval for several "
        "journeys per customer.",
        "select * from drop_off order by segment, segment_value, stage_rank",
    ),
    "progress": (
        "stage_progress",
        "Share of journeys that had gone on, or were known to have dropped, so many days after reaching the stage "
        "(Aalen-Johansen, which takes journeys still open for as long as they were seen). A silent drop becomes known "
        "only when the timeout has passed, hence the step.",
        "select stage, day, at_risk, advanced_incidence, advanced_low, advanced_high, dropped_incidence, dropped_low, "
        "dropped_high from stage_progress where segment = 'all' order by stage_rank, day",
    ),
    "contrasts": (
        "contrasts",
        "The drop-off rate of a group beside that of all other journeys of the same stage, over mature journeys. "
        "Beyond chance: at most 5 % of what is named here is expected to be so by chance (Benjamini-Hochberg over all "
        "groups and stages). Groups differ in more than their name: an association, not an effect.",
        "select segment, segment_value, stage, rate, judged, rest_rate, rest_judged, difference, low, high, p_value, "
        "p_adjusted, survives from contrasts order by p_value, segment, segment_value, stage_rank",
    ),
    "weeks": (
        "pain_weeks",
        "Weeks in which far more customers than usual met an error or opened a ticket, with one browser, device or the "
        "like, and not just because the week was busy: that group's part of them all was larger too.",
        "select event_name, pain, segment, segment_value, week, customers, usual_customers, others, p_value, "
        "p_adjusted, survives from pain_weeks order by p_value, event_name, segment, segment_value, week",
    ),
    "funnels": (
        "funnel_steps",
        "Each customer counts once in a funnel, at the furthest step of the best attempt. Shares are of those "
        "whose time window is over; open are those who could still go further. A group is that of the "
        "attempt's first event.",
        "select funnel, segment, segment_value, step, name, customers, conversion_from_start, "
        "conversion_from_previous, dropped, open, median_seconds from funnel_steps "
        "order by funnel, segment, segment_value, step",
    ),
    "attribution": (
        "attribution",
        "A conversion's path are the touchpoints since the customer's conversion before, within 30 days; a visit is "
        "one touchpoint, and a conversion without any is Direct's. The credits of every model sum to the conversions. "
        "Markov knows the paths of dropped journeys too. Intervals come from drawing customers anew. Credit is how "
        "conversions are divided, not what a channel causes.",
        "select model, channel_group, conversions, value, share, low, high, removal_effect, customers, is_small "
        "from attribution order by model, share desc, channel_group",
    ),
    "changes": (
        "changes",
        "Every figure of the last 28 days beside the 28 before. Shares that take time to show are those of journeys "
        "that had it: going on within 14 days, drop-off a horizon ago. Customers in both spans are known to be "
        "the same. A volume has moved where its step is larger than what so many customers "
        "would bring by chance and than steps usually are. At most 5 % of what is named here is "
        "expected to be chance (Benjamini-Hochberg over all figures and groups).",
        "select measure, segment, segment_value, stage, from_at, to_at, now, before, now_count, before_count, "
        "difference, low, high, p_value, p_adjusted, survives, since, is_small from changes "
        "order by p_value, measure, segment, segment_value, stage_rank",
    ),
    "periods": (
        "period_comparisons",
        "A journey is of the period in which it starts, so none is cut in two. Both periods are judged at the same age "
        "since coming to the stage, the largest that both have been observed for: shares are cumulative incidences, "
        "times are held against each other by the log-rank test. Customers with journeys in both are known to be the "
        "same. "
        "Benjamini-Hochberg over each pair of periods.",
        "select * from period_comparisons order by period, stage_rank, measure",
    ),
    "turns": (
        "turns",
        "A step back leads to an earlier stage; a ping-pong to another stage and straight back. Beside each: how many "
        "of the mature journeys that did so went on beyond the further stage of the two, and of those that reached it "
        "and did not. Association, not effect: who turns back differs in more than that.",
        "select * from turns order by turn, times desc, from_stage, to_stage",
    ),
    "moves": (
        "transitions",
        "One move for each pair of consecutive visits, the last to how the journey ended; the share is of all moves "
        "out of a node, those to still open left out.",
        "select from_stage, to_stage, transitions, journeys, customers, probability, median_seconds from transitions "
        "where segment = 'all' order by transitions desc",
    ),
    "variants": (
        "variants",
        "A variant is the whole sequence of stages of a journey, in order, moves back included; its share is of the "
        "group's journeys.",
        "select variants.* from variants join (select segment, segment_value, list_min(max(journeys, 12)) as least "
        "from variants group by all) using (segment, segment_value) where journeys >= least "
        "qualify row_number() over (partition by segment, segment_value order by journeys desc, variant) <= 12 "
        "order by segment <> 'all', segment, segment_value, journeys desc, variant",
    ),
    "event_steps": (
        "event_transitions",
        "Which event directly follows which within a journey, background events included; the median time is between "
        "the two.",
        "select segment, segment_value, from_event, to_event, transitions, customers, median_seconds "
        "from event_transitions where grain = 'journey' qualify row_number() over (partition by segment, segment_value "
        "order by transitions desc, from_event, to_event) <= 40 "
        "order by segment <> 'all', segment, segment_value, transitions desc, from_event, to_event",
    ),
    "map": (
        "journey_map",
        "Every cell is counted from the logs; groups under the minimum are marked few and not ranked. What is said of "
        "those who saw a page is an association, not an effect.",
        "select stage, lane, rank, item, metric, value, low, high, customers, is_small, query from journey_map "
        "where segment = 'all' order by stage_rank, lane, metric, rank, item",
    ),
    "rejects": (
        "rejected_rows",
        "Every refused row stands in rejected_rows with its file, line and reason; here they are counted.",
        "select source, reason, count(*) as rows from rejected_rows group by source, reason order by source, "
        "rows desc, reason",
    ),
    "links": (
        "identity_links",
        "A pair is two identifiers seen together on one row. It is kept apart where joining would make one person of "
        "two: junk values, devices that many people use, two different values of a kind that a person has one of.",
        "select accepted, reason, count(*) as pairs from identity_links group by accepted, reason "
        "order by accepted desc, pairs desc, reason",
    ),
    "machines": (
        "events",
        "Events of which a rule says that a machine made them; an event may meet several rules.",
        "select flag, count(*) as events from (select unnest(flags) as flag from events where actor = 'machine') "
        "where starts_with(flag, 'machine:') group by flag order by events desc, flag",
    ),
    "files": (
        "files",
        "rows = accepted + duplicate + rejected + ignored, for every file.",
        "select source, file, role, rows, accepted, duplicate, rejected, ignored, events from files "
        "order by source, file",
    ),
}


@dataclass(frozen=True)
class Export:
    """One figure's definition, query and rows (header first), for the tools beneath it."""

    name: str
    definition: str
    sql: str
    rows: int
    left_out: int
    link: str  # a data: address with the CSV


def export(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Export:
    """The tools of a figure from the rows that its query gave."""
    _, definition, sql = FIGURES[name]
    left_out = max(0, len(rows) - MOST_ROWS)
    return Export(name, definition, sql, len(rows), left_out, linked(to_csv(columns, rows[:MOST_ROWS])))


def linked(text: str) -> str:
    """CSV as an address that a link can carry."""
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode()).decode()


def to_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet executes; numbers stay numbers."""
    if isinstance(cell, str) and cell.lstrip()[:1] in ("=", "+", "-", "@", "|", "%"):
        return "'" + cell
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("\t", "\r", "\n") else cell
