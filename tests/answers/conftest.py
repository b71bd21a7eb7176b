"""A small published warehouse whose every figure is computed by hand, for questions of it."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFIG = """\
timezone: Europe/Amsterdam
sources:
  - name: web
    connector: table
    channel: web
    class: web
    files: web.csv
    columns: {occurred_at: at, event_name: event, event_id: id, value: value}
    identifiers: {user_id: user}
    timezone: UTC
  - name: mail
    connector: table
    channel: email
    actor: company
    files: mail.csv
    columns: {occurred_at: at, event_name: event, event_id: id}
    identifiers: {user_id: user}
    timezone: UTC
identity: {shared: [user_id]}
stages:
  - {name: Look, rules: [{events: [page_viewed]}]}
  - {name: Want, rules: [{events: [cart_added]}]}
  - {name: Have, keeps: true, rules: [{events: [order_completed]}]}
segments: [channel, {cohort: month}]
funnels:
  - {name: buy, steps: [page_viewed, cart_added, order_completed]}
  - name: dear
    steps: [page_viewed, {where: "value > 10", events: order_completed, name: dear order}]
    window: 1h
    order: ordered
"""
#: Four sessions of three customers; bob's mail comes a day before his visit, ann's between hers.
HOSTILE = "<b onload=\"x\">&'=cmd|' /C calc'!A0"
WEB = """\
id,at,user,event,value
1,2026-01-02T10:00:00Z,ann,page_viewed,
2,2026-01-02T10:05:00Z,ann,cart_added,
3,2026-01-02T10:09:00Z,ann,order_completed,25.5
4,2026-01-02T12:00:00Z,ann,page_viewed,
5,2026-01-05T09:00:00Z,bob,page_viewed,
6,2026-01-05T09:01:00Z,bob,cart_added,
7,2026-06-01T12:00:00Z,cem,page_viewed,
8,2026-06-01T12:00:30Z,cem,page_viewed,
"""
MAIL = f"""\
id,at,user,event
1,2026-01-02T11:00:00Z,ann,email_sent
2,2026-01-04T09:00:00Z,bob,email_sent
3,2026-01-06T09:00:00Z,dee,"{HOSTILE.replace('"', '""')}"
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the project, run as of 2 June 2026 12:00 UTC."""
    from tests.harness import run_pipeline

    folder = tmp_path_factory.mktemp("answers")
    (folder / "web.csv").write_text(WEB, encoding="utf-8")
    (folder / "mail.csv").write_text(MAIL, encoding="utf-8")
    (folder / "journey.yaml").write_text(CONFIG, encoding="utf-8")
    run_pipeline(folder / "journey.yaml", as_of="2026-06-02T12:00:00Z")
    return folder
