"""Every format that the pipeline reads, with samples of it: shipped excerpts, and rows as vendors document them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz import documented as d
from tests.fuzz.files import (
    Maker,
    csv_rows,
    form_lines,
    json_document,
    json_lines,
    packed,
    parquet,
    read,
    table,
    text_lines,
)

VENDORS = Path(__file__).parent.parent / "data" / "vendors"


@dataclass(frozen=True)
class Kind:
    """One file of a family: how it is made, and its form, which decides how its rows are counted."""

    make: Maker
    form: str  # csv, jsonl, json, form, lines, parquet


@dataclass(frozen=True)
class Family:
    """A format family.

    Attributes:
        source: Its source in journey.yaml, but for name and files.
        files: File name -> its kind. All of them are in the folder at once.
    """

    source: dict[str, Any]
    files: dict[str, Kind] = field(default_factory=dict)


def payloads(name: str) -> list[Any]:
    """The posted bodies of a sample of webhooks."""
    return [item["body"] for item in json.loads(read(VENDORS / name))["payloads"]]


def csv_kind(text: str) -> Kind:
    """A CSV table."""
    return Kind(table(csv_rows(text)), "csv")


def csv_folder(folder: str) -> dict[str, Kind]:
    """The CSV tables of a vendor."""
    return {
        path.name: csv_kind(read(path))
        for path in sorted((VENDORS / folder).glob("*.csv"))
        if len(csv_rows(read(path)))
    }


def lines_kind(records: list[Any]) -> Kind:
    """JSON lines."""
    return Kind(json_lines(records), "jsonl")


def document_kind(records: list[Any], key: str | None = None) -> Kind:
    """One JSON document."""
    return Kind(json_document(records, key), "json")


def shipped(connector: str, **files: Kind) -> Family:
    """A family that a shipped connector reads; `_` in a name given here stands for its last dot."""
    return Family({"connector": connector}, {".".join(name.rsplit("_", 1)): kind for name, kind in files.items()})


_POSTHOG = json.loads(read(VENDORS / "web" / "posthog_events.json"))
_SNOWPLOW = (VENDORS / "web" / "snowplow_enriched.tsv").read_bytes().splitlines()

FAMILIES: dict[str, Family] = {
    "csv table": Family(d.TABLE, {f"{n}.csv": csv_kind(d.ROWS) for n in "abc"}),
    "csv table, semicolons": Family(d.TABLE, {"a.csv": Kind(table(csv_rows(d.ROWS), ";"), "csv")}),
    "csv table, gzip": Family(d.TABLE, {f"{n}.csv.gz": Kind(packed(table(csv_rows(d.ROWS))), "csv") for n in "ab"}),
    "csv wide export": Family(d.WIDE, {f"{n}.csv": csv_kind(d.WIDE_ROWS) for n in "ab"}),
    "json lines table": Family(d.TABLE, {f"{n}.jsonl": lines_kind(list(csv_rows(d.ROWS))) for n in "ab"}),
    "json array table": Family(d.TABLE, {f"{n}.json": document_kind(list(csv_rows(d.ROWS))) for n in "ab"}),
    "json nested rows": Family(
        d.NESTED_SOURCE,
        {"a.jsonl": lines_kind([d.NESTED]), "b.json": document_kind([d.NESTED])},
    ),
    "parquet table": Family(d.TABLE, {f"{n}.parquet": Kind(parquet(csv_rows(d.ROWS)), "parquet") for n in "ab"}),
    "snapshots": Family(d.SNAPSHOTS, {f"2024-05-0{n}.csv": csv_kind(d.DEALS) for n in range(1, 6)}),
    "access log": shipped(
        "access_log", a_log=Kind(text_lines((VENDORS / "web" / "access.log").read_bytes().splitlines()), "lines")
    ),
    "snowplow lines": Family({"connector": "snowplow"}, {"run": Kind(text_lines(_SNOWPLOW), "lines")}),
    "snowplow json": shipped(
        "snowplow", a_json=lines_kind([json.loads(read(VENDORS / "web" / "snowplow_enriched.json"))])
    ),
    "sendgrid": shipped(
        "sendgrid",
        a_jsonl=lines_kind(payloads("sendgrid.anymail.json")),
        b_json=document_kind([event for body in payloads("sendgrid.anymail.json") for event in body]),
        c_json=document_kind([{"body": body} for body in payloads("sendgrid.snowplow.json")], "payloads"),
    ),
    "mailgun": shipped(
        "mailgun",
        a_jsonl=lines_kind(payloads("mailgun.anymail.json")),
        b_json=document_kind([{"body": body} for body in payloads("mailgun.anymail.json")], "payloads"),
    ),
    "mailgun forms": shipped("mailgun", a_txt=Kind(form_lines(d.MAILGUN_FORMS), "form")),
    "forms with rows": Family(d.BATCHES_SOURCE, {"a.txt": Kind(form_lines(d.BATCHES), "form")}),
    "postmark": shipped("postmark", a_jsonl=lines_kind(payloads("postmark.anymail.json"))),
    "ses": shipped(
        "ses",
        a_jsonl=lines_kind([body.get("sns_envelope", body) for body in payloads("ses.anymail.json")]),
        b_json=document_kind([{"body": body} for body in payloads("ses.anymail.json")], "payloads"),
    ),
    "mailchimp forms": shipped(
        "mailchimp", a_txt=Kind(form_lines(payloads("mailchimp/mailchimp.snowplow.json")), "form")
    ),
    "mailchimp tables": Family({"connector": "mailchimp"}, csv_folder("mailchimp")),
    "klaviyo tables": Family({"connector": "klaviyo"}, csv_folder("klaviyo")),
    "klaviyo api": shipped("klaviyo", a_json=document_kind(d.KLAVIYO_API, "data")),
    "marketo tables": Family({"connector": "marketo"}, csv_folder("marketo")),
    "marketo api": shipped(
        "marketo",
        a_json=document_kind(d.MARKETO_API, "result"),
        b_jsonl=lines_kind(payloads("marketo/marketo.snowplow.json")),
    ),
    "hubspot tables": Family({"connector": "hubspot"}, csv_folder("hubspot")),
    "hubspot webhooks": shipped("hubspot", a_jsonl=lines_kind(payloads("hubspot/hubspot.payloads.json"))),
    "salesforce": Family({"connector": "salesforce"}, csv_folder("salesforce")),
    "zendesk": shipped(
        "zendesk",
        tickets_json=document_kind(d.ZENDESK_TICKETS, "tickets"),
        ticket_audits_json=document_kind(d.ZENDESK_AUDITS, "audits"),
        users_json=document_kind(d.ZENDESK_USERS, "users"),
        webhooks_jsonl=lines_kind(d.ZENDESK_POSTED),
    ),
    "survey": shipped("survey", a_csv=csv_kind(d.SURVEY), b_jsonl=lines_kind(list(csv_rows(d.SURVEY)))),
    "ga4 rows": shipped("ga4", a_jsonl=lines_kind(d.GA4)),
    "ga4 table": shipped("ga4", event_csv=csv_kind(read(VENDORS / "web" / "ga4_event_data.csv"))),
    "segment": shipped(
        "segment", a_jsonl=lines_kind(d.SEGMENT), pages_csv=csv_kind(read(VENDORS / "example_segment_pages.csv"))
    ),
    "posthog": shipped(
        "posthog",
        a_json=document_kind(_POSTHOG, "results"),
        b_jsonl=lines_kind(_POSTHOG),
    ),
    "mixpanel": shipped(
        "mixpanel",
        event_csv=csv_kind(read(VENDORS / "web" / "mixpanel_event.csv")),
        a_jsonl=lines_kind(
            [
                {
                    "event": "Page Viewed",
                    "properties": {"time": 1714557600, "distinct_id": "d1", "$insert_id": "i1", "$email": "a@x.org"},
                }
            ]
        ),
    ),
    "amplitude": shipped(
        "amplitude",
        event_csv=csv_kind(read(VENDORS / "web" / "amplitude_event_data.csv")),
        a_json=lines_kind(
            [
                {
                    "event_type": "[Amplitude] Page Viewed",
                    "event_time": "2024-05-01 10:00:00.000",
                    "user_id": "u",
                    "device_id": "d",
                    "uuid": "x",
                }
            ]
        ),
    ),
}
