"""The rules for machine activity against the oracle that looks at every pair of events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from journey_analytics.config.model import LinkBursts, Machine
from journey_analytics.engine.agents import classify_user_agents
from journey_analytics.engine.duck import connect
from journey_analytics.engine.models import load_models
from journey_analytics.engine.settings import machine_variables
from tests.harness import NIGHTLY
from tests.oracle.machine import MachineRules, machine_rules

_START = datetime(2025, 1, 1)
_MAILS = ["email_sent", "email_delivered", "email_opened", "email_clicked", "email_clicked", "email_clicked"]
_EVENTS = st.fixed_dictionaries(
    {
        "event_name": st.sampled_from([*_MAILS, "page_viewed"]),
        "actor": st.sampled_from(["customer", "company", "machine"]),
        "tenths": st.integers(0, 150),
        "source": st.sampled_from(["mail", "other"]),
        "ids": st.sampled_from(["ann", "ben"]).map(lambda name: [("2 contact", "email", name)]),
        "campaign": st.sampled_from(["spring", None]),
        "url": st.sampled_from(["/a", "/b", "/c", "/d", None]),
        "user_agent": st.sampled_from([None, None, "Googlebot/2.1", "curl/8.1", "Mozilla/5.0", "YahooMailProxy"]),
        "date_only": st.integers(0, 9).map(lambda n: n == 0),
    }
)
_RULES = st.builds(
    MachineRules,
    user_agents=st.booleans(),
    privacy_proxies=st.booleans(),
    fast_clicks=st.sampled_from([None, timedelta(seconds=1), timedelta(seconds=5)]),
    burst_links=st.sampled_from([None, 2, 3, 4]),
    burst_within=st.sampled_from([timedelta(seconds=1), timedelta(seconds=5)]),
)


@settings(max_examples=500 if NIGHTLY else 25, deadline=None)
@given(st.lists(_EVENTS, max_size=25), _RULES)
def test_the_model_agrees_with_the_oracle(events: list[dict[str, Any]], rules: MachineRules) -> None:
    events = [e | {"occurred_at": _START + timedelta(milliseconds=100 * e["tenths"])} for e in events]
    bursts = LinkBursts(links=rules.burst_links, within=rules.burst_within) if rules.burst_links else None
    switches = Machine(
        user_agents=rules.user_agents,
        privacy_proxies=rules.privacy_proxies,
        fast_clicks=rules.fast_clicks,
        link_bursts=bursts,
    )
    wanted = {no: found for no, found in enumerate(machine_rules(events, rules)) if found}
    assert _by_model(events, switches) == wanted


def _by_model(events: list[dict[str, Any]], switches: Machine) -> dict[int, list[str]]:
    with connect() as con:
        for name, value in machine_variables(switches).items():
            con.execute(f"SET VARIABLE {name} = ?", [value])
        con.execute(
            "CREATE TABLE good_events (rid BIGINT, source_no INTEGER, ident_kind VARCHAR, ident VARCHAR, "
            "utm_campaign VARCHAR, event_name VARCHAR, actor VARCHAR, occurred_at TIMESTAMP, url VARCHAR, "
            "user_agent VARCHAR, flags VARCHAR[])"
        )
        con.execute("CREATE TABLE duplicate_events (rid BIGINT)")
        for rid, e in enumerate(events):
            con.execute(
                "INSERT INTO good_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *[rid, int(e["source"] == "other"), *e["ids"][0][1:], e["campaign"], e["event_name"], e["actor"]],
                    *[e["occurred_at"], e["url"], e["user_agent"], ["date_only"] if e["date_only"] else None],
                ],
            )
        classify_user_agents(con)
        return dict(con.execute(load_models()["machine_events"].sql).fetchall())
