"""`channel_groups()`: the channel group of every row of any table of touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import polars as pl
from pydantic import ValidationError

from journey_analytics.channels.frames import load_touches
from journey_analytics.channels.sql import prepare
from journey_analytics.config.model import ChannelRule
from journey_analytics.engine.duck import connect, quote_name
from journey_analytics.engine.models import load_models
from journey_analytics.errors import JourneyError, Problem

#: The columns that decide; any may lack.
COLUMNS = ("source", "medium", "campaign", "referrer", "url", "event_name", "channel")

#: The models that the pipeline runs too, in order.
_MODELS = ("touch_sites", "touch_sources", "touch_groups")


def channel_groups(touches: Any, rules: Sequence[ChannelRule | Mapping[str, Any]] = ()) -> pl.DataFrame:
    """Tell which channel brought each touch: GA4's default channel groups, then ours for touchpoints off the website.

    Args:
        touches: A polars or pandas frame, an Arrow table, a DuckDB relation, or the path of a Parquet or CSV file. Of
            its columns these are read, and any may lack: source, medium, campaign (texts such as utm parameters hold),
            referrer (a url), url (the page; its utm parameters and click ids count where source and medium are empty,
            and its host tells outside referrers from own pages), event_name and channel (for calls, meetings,
            tickets …). Case never matters, but in event_name.
        rules: Rules to ask first, as under `channel_rules` in journey.yaml: `ChannelRule`s or mappings of their keys.

    Returns:
        The table with all its columns, in its order of rows, and two more: `channel_group`, and `channel_rule`, the
        rule that gave it. Both are null for state changes, in which nobody meets anybody. Columns of these names are
        replaced.

    Raises:
        JourneyError: If the table can't be read, or a rule is none.

    Example:
        >>> import polars as pl
        >>> from journey_analytics import channel_groups
        >>> touches = pl.DataFrame({
        ...     "source": ["google", "newsletter", None],
        ...     "medium": ["cpc", "email", None],
        ...     "referrer": [None, None, "https://www.bing.com/"],
        ... })
        >>> channel_groups(touches)["channel_group"].to_list()
        ['Paid Search', 'Email', 'Organic Search']
    """
    checked = [_rule(rule, number) for number, rule in enumerate(rules)]
    con = connect()
    try:
        columns = load_touches(con, touches)
        prepare(con, checked)
        _judge(con, columns)
        return _answer(con, columns)
    finally:
        con.close()


def _rule(rule: ChannelRule | Mapping[str, Any], number: int) -> ChannelRule:
    """One configured rule, checked."""
    try:
        checked = rule if isinstance(rule, ChannelRule) else ChannelRule.model_validate(dict(rule))
    except (ValidationError, TypeError, ValueError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        where = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else ""
        raise JourneyError(
            Problem(f"rules[{number}] {where}: {reason}", remedy="See channel_rules in docs/configuration.md.")
        ) from error
    if not any(getattr(checked, key) for key in ChannelRule.CONDITIONS):
        remedy = f"Add a condition: {', '.join(ChannelRule.CONDITIONS)}."
        raise JourneyError(Problem(f"rules[{number}] has no condition", remedy=remedy))
    return checked


def _judge(con: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> None:
    """Number the distinct combinations, and run the pipeline's models on them."""
    given = {name.lower(): name for name in reversed(columns)}
    cells = {name: f"said({quote_name(given[name])})" if name in given else "NULL::VARCHAR" for name in COLUMNS}
    url, referrer = cells["url"], cells["referrer"]
    # pandas writes an empty column as numbers that are none; a text "NaN" is a name
    con.execute(
        "CREATE MACRO said(cell) AS CASE WHEN typeof(cell) IN ('DOUBLE', 'FLOAT') AND isnan(TRY_CAST(cell AS DOUBLE)) "
        "THEN NULL ELSE nullif(trim(cell::VARCHAR), '') END"
    )
    con.execute(
        f"""CREATE TABLE cells AS SELECT row_no,
            {cells["source"]} AS source, {cells["medium"]} AS medium, {cells["campaign"]} AS campaign,
            {cells["event_name"]} AS event_name, {cells["channel"]} AS channel,
            raw_host({referrer}) AS referrer, raw_host({url}) AS url, url_tags({url}) AS tags
        FROM given_rows"""
    )
    con.execute(
        """CREATE TABLE touches AS SELECT row_number() OVER () AS touch_key, NULL::VARCHAR AS log, *
        FROM (SELECT DISTINCT source, medium, campaign, event_name, channel, referrer, url, tags FROM cells)"""
    )
    for name in _MODELS:
        con.execute(f"CREATE TABLE {name} AS {load_models()[name].sql}")


def _answer(con: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> pl.DataFrame:
    kept = "".join(
        f"g.{quote_name(name)}, " for name in columns if name.lower() not in ("channel_group", "channel_rule")
    )
    same = " AND ".join(
        f"t.{name} IS NOT DISTINCT FROM c.{name}"
        for name in ("source", "medium", "campaign", "event_name", "channel", "referrer", "url", "tags")
    )
    answer: pl.DataFrame = con.sql(
        f"""SELECT {kept}k.channel_group, k.channel_rule
        FROM given_rows AS g
        JOIN cells AS c ON c.row_no = g.row_no
        JOIN touches AS t ON {same}
        JOIN touch_groups AS k ON k.touch_key = t.touch_key
        ORDER BY g.row_no"""
    ).pl()
    return answer
