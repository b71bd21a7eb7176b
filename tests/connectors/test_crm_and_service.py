"""Salesforce, Zendesk and survey exports: vendors' samples, and small hand-made tables with the documented names."""

import csv
import json
from pathlib import Path
from typing import Any

from journey_analytics.connectors.load import load_connector
from journey_analytics.ingest.staged import Staged
from tests.connectors.test_shipped import DATA, of_table, staged, write
from tests.ingest.staging import rows


def test_salesforces_samples_are_accounted_for(tmp_path: Path) -> None:
    found = staged(tmp_path, "salesforce", str(DATA / "salesforce" / "*.csv"))
    assert found.warnings == []
    for file in found.files:
        text = DATA / "salesforce" / Path(file.file).name
        assert file.rows == len(text.read_text(encoding="utf-8").splitlines()) - 1, file.file
    roles = {Path(file.file).stem: file.role for file in found.files}
    assert {name for name, role in roles.items() if role == "lookup"} == {
        "sf_account_data", "sf_account_history_data", "sf_contact_history_data",
    }  # fmt: skip
    assert roles["sf_contact_data"] == "links"
    assert set(rows(found, "reason")) == {None}
    assert set(rows(found, "event_name", "ignored")) >= {
        ("meeting_held", None), ("task_completed", None), ("lead_created", None), ("deal_created", "deleted record"),
    }  # fmt: skip


SALESFORCE = {
    "contact": """
        id,account_id,email,created_date,master_record_id,is_deleted
        003A,001X,Ann@example.org,2024-01-01T10:00:00Z,,false
        003B,001X,bob@example.org,2024-01-01T10:00:00Z,,false
        003C,001X,ann.old@example.org,2024-01-01T10:00:00Z,003A,true""",
    "lead": """
        id,email,status,is_converted,converted_date,converted_contact_id,created_date,last_modified_date,is_deleted
        00Q1,ann@example.org,Qualified,true,2024-01-05,003A,2024-01-01T09:00:00Z,2024-01-05T10:00:00Z,false
        00Q2,zoe@example.org,Unqualified,false,,,2024-01-02T09:00:00Z,2024-01-03T10:00:00Z,false
        00Q3,gone@example.org,New,false,,,2024-01-02T09:00:00Z,2024-01-03T10:00:00Z,true""",
    "opportunity": """
        id,account_id,amount,stage_name,is_won,is_closed,close_date,created_date,is_deleted
        006A,001X,500,Closed Won,true,true,2024-03-01,2024-01-06T10:00:00Z,false
        006B,001Y,70,Closed Lost,false,true,2024-03-02,2024-01-07T10:00:00Z,false""",
    "opportunity_history": """
        id,stage_name,amount,is_won,is_closed,_fivetran_start,is_deleted
        006A,Prospecting,400,false,false,2024-01-06 10:00:00,false
        006A,Prospecting,450,false,false,2024-01-20 10:00:00,false
        006A,Closed Won,500,true,true,2024-02-28 15:00:00,false
        006A,Closed Won,500,true,true,2024-03-05 15:00:00,false""",
    "opportunity_contact_role": """
        opportunity_id,contact_id,is_primary,is_deleted
        006A,003A,false,false
        006A,003B,true,false""",
    "task": """
        id,who_id,account_id,task_subtype,type,status,is_closed,completed_date_time,activity_date,created_date,is_deleted
        00T1,003A,001X,Call,,Completed,true,2024-01-08T10:00:00Z,2024-01-08,2024-01-08T09:00:00Z,false
        00T2,00Q1,,Email,,Completed,true,,2024-01-04,2024-01-04T09:00:00Z,false
        00T3,003C,001X,Task,Call,Completed,true,2024-01-08T11:00:00Z,,2024-01-08T09:00:00Z,false
        00T4,003A,001X,Task,Other,Completed,true,2024-01-08T12:00:00Z,,2024-01-08T09:00:00Z,false
        00T5,003A,001X,Call,,Not Started,false,,2024-09-08,2024-01-08T09:00:00Z,false""",
    "event": """
        id,who_id,account_id,event_subtype,type,start_date_time,is_child,is_deleted
        00U1,003A,001X,Event,Meeting,2024-01-09T10:00:00Z,false,false
        00U2,003A,001X,Event,Meeting,2024-01-09T10:00:00Z,true,false""",
}


def test_salesforces_leads_and_deals(tmp_path: Path) -> None:
    write(tmp_path, **SALESFORCE)
    found = staged(tmp_path, "salesforce", "*.csv")
    assert found.warnings == []
    assert of_table(found, "lead", "line", "event_name", "ident", "actor", "ignored", "reason") == [
        (2, "lead_created", "003A", "company", None, None),  # a converted lead is the contact that it became
        (2, "lead_converted", "003A", "company", None, None),
        (3, "lead_created", "00Q2", "company", None, None),
        (3, "lead_disqualified", "00Q2", "company", None, None),
        (4, "lead_created", "00Q3", "company", "deleted record", None),
    ]
    assert of_table(found, "opportunity_history", "line", "event_name", "ident", "background", "value", "ignored") == [
        (2, "deal_stage_changed", "003B", False, None, None),  # the primary role, whatever the order of ids
        (2, "deal_stage_changed", "003A", True, None, None),
        (3, "deal_stage_changed", "003B", False, None, "unchanged"),  # only the amount changed
        (3, "deal_stage_changed", "003A", True, None, "unchanged"),
        (4, "deal_won", "003B", False, 500.0, None),
        (4, "deal_won", "003A", True, 500.0, None),
        (5, "deal_won", "003B", False, 500.0, "unchanged"),
        (5, "deal_won", "003A", True, 500.0, "unchanged"),
    ]
    assert of_table(found, "opportunity_history", "account_id")[0] == "001X"
    columns = ("event_name", "ident_kind", "ident", "background", "occurred_at::VARCHAR")
    assert of_table(found, "opportunity", *columns) == [
        ("deal_created", "salesforce.crm_contact", "003B", False, "2024-01-06 10:00:00"),  # won is told by its history
        ("deal_created", "salesforce.crm_contact", "003A", True, "2024-01-06 10:00:00"),
        ("deal_created", "salesforce.account_standin", "001Y", False, "2024-01-07 10:00:00"),
        ("deal_lost", "salesforce.account_standin", "001Y", False, "2024-03-02 00:00:00"),  # it has no history
    ]
    assert len(set(of_table(found, "opportunity", "event_id"))) == 4


def test_salesforces_activities_and_contacts(tmp_path: Path) -> None:
    write(tmp_path, **SALESFORCE)
    found = staged(tmp_path, "salesforce", "*.csv")
    assert of_table(found, "task", "event_name", "ident", "background", "flags", "ignored") == [
        ("call_logged", "003A", False, None, None),
        ("email_sent", "003A", False, ["date_only"], None),  # a lead's, who became contact 003A
        ("call_logged", "003A", False, None, None),  # a merged contact's
        ("task_completed", "003A", True, None, None),
        ("call_logged", "003A", False, ["date_only"], "open task"),
    ]
    assert of_table(found, "task", "other_idents")[0] == [{"kind": "email", "value": "ann@example.org"}]
    assert of_table(found, "event", "event_name", "channel", "ignored") == [
        ("meeting_held", "meeting", None),
        ("meeting_held", "meeting", "an invitee's copy"),
    ]
    assert of_table(found, "contact", "ident", "ignored") == [
        ("003A", "links only"), ("003B", "links only"), ("003A", "links only"),
    ]  # fmt: skip


def test_salesforces_own_export_has_other_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        Opportunity="""
            Id,AccountId,Amount,StageName,IsWon,IsClosed,CloseDate,CreatedDate,IsDeleted
            006A,001X,500,Closed Won,1,1,2024-03-01,2024-01-06T10:00:00.000Z,0
            006B,001X,500,Negotiation,0,0,2024-03-01,2024-01-06T10:00:00.000Z,0""",
        OpportunityHistory="""
            Id,OpportunityId,StageName,Amount,CreatedDate,IsDeleted
            008A,006B,Prospecting,100,2024-01-06T10:00:00.000Z,0
            008B,006B,Negotiation,100,2024-01-08T10:00:00.000Z,0
            008C,006B,Negotiation,200,2024-01-09T10:00:00.000Z,0
            008D,006B,Closed Lost,200,2024-01-10T10:00:00.000Z,0""",
        OpportunityContactRole="""
            Id,OpportunityId,ContactId,IsPrimary,IsDeleted
            00K1,006A,003A,1,0
            00K2,006B,003A,1,0""",
        Task="""
            Id,WhoId,TaskSubtype,CallType,IsClosed,CreatedDate,IsDeleted
            00T1,003A,Task,Outbound,1,2024-01-08T10:00:00.000Z,0""",
    )
    found = staged(tmp_path, "salesforce", "*.csv")
    assert of_table(found, "Opportunity", "event_name", "ident", "value") == [
        ("deal_created", "003A", None), ("deal_won", "003A", 500.0), ("deal_created", "003A", None),
    ]  # fmt: skip
    assert of_table(found, "OpportunityHistory", "event_name", "ident", "ignored") == [
        ("deal_stage_changed", "003A", None),
        ("deal_stage_changed", "003A", None),
        ("deal_stage_changed", "003A", "unchanged"),
        ("deal_lost", "003A", None),
    ]
    assert of_table(found, "Task", "event_name", "ident") == [("call_logged", "003A")]


ZENDESK = {
    "ticket": """
        id,created_at,updated_at,requester_id,submitter_id,assignee_id,organization_id,status
        11,2024-01-01 10:00:00,2024-01-09 10:00:00,77,77,5,9,closed
        12,2024-01-02 10:00:00,2024-01-03 10:00:00,78,78,5,,solved
        13,2024-01-02 11:00:00,2024-01-03 10:00:00,78,78,5,,open""",
    "user": """
        id,email,role,created_at,organization_id
        77,Ann@example.org,end-user,2024-01-01 09:00:00,9
        78,bob@example.org,end-user,2024-01-01 09:00:00,
        5,agent@shop.example,agent,2023-01-01 09:00:00,""",
    "ticket_comment": """
        id,ticket_id,user_id,public,created,body
        1,11,77,TRUE,2024-01-01 10:00:00,It is broken
        2,11,5,TRUE,2024-01-01 11:00:00,Turn it off
        3,11,5,FALSE,2024-01-01 11:01:00,He did not turn it off
        4,11,77,TRUE,2024-01-01 12:00:00,Thanks
        5,12,77,TRUE,2024-01-02 12:00:00,Me too""",
    "ticket_field_history": """
        field_name,ticket_id,updated,value,user_id
        status,11,2024-01-01 11:00:00,pending,5
        priority,11,2024-01-01 11:00:00,high,5
        status,11,2024-01-02 09:00:00,solved,5
        status,11,2024-01-09 10:00:00,closed,""",
    "satisfaction_rating": """
        id,ticket_id,requester_id,score,comment,created_at,updated_at
        1,11,77,good,Quick,2024-01-03 09:00:00,2024-01-03 09:05:00
        2,12,78,offered,,2024-01-04 09:00:00,2024-01-04 09:00:00""",
    "organization": """
        id,name
        9,Shop""",
}


def test_zendesks_tables(tmp_path: Path) -> None:
    write(tmp_path, **ZENDESK)
    found = staged(tmp_path, "zendesk", "*.csv")
    assert found.warnings == []
    assert of_table(found, "ticket", "event_name", "actor", "ident", "other_idents", "occurred_at::VARCHAR") == [
        ("ticket_created", "customer", "77", [{"kind": "email", "value": "ann@example.org"}], "2024-01-01 10:00:00"),
        ("ticket_created", "customer", "78", [{"kind": "email", "value": "bob@example.org"}], "2024-01-02 10:00:00"),
        ("ticket_solved", "company", "78", [{"kind": "email", "value": "bob@example.org"}], "2024-01-03 10:00:00"),
        ("ticket_created", "customer", "78", [{"kind": "email", "value": "bob@example.org"}], "2024-01-02 11:00:00"),
    ]
    assert of_table(found, "ticket_comment", "event_name", "actor", "ident", "ignored") == [
        ("ticket_replied", "customer", "77", "the ticket's own text"),
        ("ticket_replied", "company", "77", None),
        ("ticket_replied", "company", "77", "private note"),
        ("ticket_replied", "customer", "77", None),
        ("ticket_replied", "customer", "78", None),  # another user's reply on Bob's ticket
    ]
    assert of_table(found, "ticket_field_history", "event_name", "ident", "background", "ignored") == [
        ("ticket_status_changed", "77", True, None),
        ("priority", "77", False, "other field"),
        ("ticket_solved", "77", False, None),
        ("ticket_status_changed", "77", True, "closing of a solved ticket"),
    ]
    answered = of_table(found, "satisfaction_rating", "event_name", "actor", "ident", "ignored", "properties")
    assert [row[:4] for row in answered] == [
        ("survey_answered", "customer", "77", None), ("survey_answered", "customer", "78", "no answer yet"),
    ]  # fmt: skip
    properties = json.loads(answered[0][4])
    assert (properties["score"], properties["survey"], properties["comment"]) == ("good", "csat", "Quick")
    assert of_table(found, "user", "ident", "ignored") == [("77", "links only"), ("78", "links only"), ("5", "staff")]


TICKET = {
    "id": 35436,
    "created_at": "2024-05-20T22:55:29Z",
    "updated_at": "2024-05-25T10:00:00Z",
    "requester_id": 20978392,
    "submitter_id": 20978392,
    "status": "solved",
    "satisfaction_rating": {"id": 1234, "score": "bad", "comment": "Slow"},
}
AUDITS = [
    {
        "id": 1,
        "ticket_id": 35436,
        "created_at": "2024-05-20T22:55:29Z",
        "author_id": 20978392,
        "events": [{"id": 10, "type": "Comment", "public": True, "body": "It burns"},
                   {"id": 11, "type": "Create", "field_name": "status", "value": "new"}],
        "via": {"channel": "web"},
    },
    {
        "id": 2,
        "ticket_id": 35436,
        "created_at": "2024-05-21T08:00:00Z",
        "author_id": 5,
        "events": [{"id": 20, "type": "Comment", "public": True, "body": "Water"},
                   {"id": 21, "type": "Change", "field_name": "status", "value": "solved", "previous_value": "open"}],
        "via": {"channel": "web"},
    },
    {
        "id": 3,
        "ticket_id": 35436,
        "created_at": "2024-05-21T09:00:00Z",
        "author_id": 5,
        "events": [{"id": 30, "type": "Change", "field_name": "tags", "value": ["fire"]}],
        "via": {"channel": "rule"},
    },
]  # fmt: skip


def test_zendesks_api_answers(tmp_path: Path) -> None:
    user = {"id": 20978392, "email": "ann@example.org", "role": "end-user", "created_at": "2024-01-01T00:00:00Z"}
    (tmp_path / "tickets.json").write_text(json.dumps({"tickets": [TICKET], "count": 1}))
    (tmp_path / "users.json").write_text(json.dumps({"users": [user]}))
    found = staged(tmp_path, "zendesk", "*.json")
    assert [file.rows for file in found.files] == [1, 1]
    alone = by_file(found, "tickets.json", "event_name", "ident", "other_idents", "occurred_at::VARCHAR", "properties")
    assert [row[0] for row in alone] == ["ticket_created", "ticket_solved", "survey_answered"]
    assert alone[1][3] == "2024-05-25 10:00:00"  # its last change, as nothing else tells
    assert {row[1] for row in alone} == {"20978392"}
    assert alone[0][2] == [{"kind": "email", "value": "ann@example.org"}]
    rating = json.loads(alone[2][4])
    assert (rating["score"], rating["survey"], rating["comment"]) == ("bad", "csat", "Slow")
    assert "survey" not in json.loads(alone[0][4])

    (tmp_path / "ticket_audits.json").write_text(json.dumps({"audits": AUDITS, "next_page": None}))
    found = staged(tmp_path, "zendesk", "*.json")
    columns = ("event_name", "actor", "ident", "ignored", "occurred_at::VARCHAR")
    assert by_file(found, "ticket_audits.json", *columns)[1:3] == [
        ("ticket_replied", "company", "20978392", None, "2024-05-21 08:00:00"),
        ("ticket_solved", "company", "20978392", None, "2024-05-21 08:00:00"),
    ]
    assert [row[3] for row in by_file(found, "ticket_audits.json", *columns)] == [
        "no event of ours", None, None, "no event of ours",
    ]  # fmt: skip
    assert [row[0] for row in by_file(found, "tickets.json", "event_name", "ident")] == [
        "ticket_created", "survey_answered",
    ]  # fmt: skip


def test_zendesks_csv_export_and_webhooks(tmp_path: Path) -> None:
    (tmp_path / "tickets_export.csv").write_text(
        "Id,Requester,Requester email,Requester id,Assignee,Status,Created at,Updated at,Solved at,Satisfaction Score\n"
        "7,Ann,Ann@example.org,77,Bo,Closed,2024-01-01 10:00,2024-01-09 10:00,2024-01-03 10:00,Good\n"
    )
    base = {"time": "2024-01-01T10:00:00Z", "zendesk_event_version": "2022-11-06", "account_id": 1}
    detail = {"id": "7", "requester_id": "77", "organization_id": "9"}
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("ticket.created", {}),
        ("ticket.comment_added", {"comment": {"is_public": True, "author": {"id": "77", "is_staff": False}}}),
        ("ticket.comment_added", {"comment": {"is_public": True, "author": {"id": "5", "is_staff": True}}}),
        ("ticket.comment_added", {"comment": {"is_public": False, "author": {"id": "5", "is_staff": True}}}),
        ("ticket.status_changed", {"current": "SOLVED", "previous": "OPEN"}),
        ("user.role_changed", {"current": "agent"}),
    ]
    posted = [
        {**base, "type": f"zen:event-type:{kind}", "id": str(n), "detail": detail, "event": event}
        for n, (kind, event) in enumerate(kinds)
    ]
    (tmp_path / "webhooks.jsonl").write_text("".join(json.dumps(body) + "\n" for body in posted))
    found = staged(tmp_path, "zendesk", "*")
    assert by_file(found, "tickets_export.csv", "event_name", "ident", "occurred_at::VARCHAR") == [
        ("ticket_created", "77", "2024-01-01 10:00:00"),
        ("ticket_solved", "77", "2024-01-03 10:00:00"),
        ("survey_answered", "77", "2024-01-09 10:00:00"),
    ]
    assert by_file(found, "webhooks.jsonl", "event_name", "actor", "ignored") == [
        ("ticket_created", "customer", None),
        ("ticket_replied", "customer", None),
        ("ticket_replied", "company", None),
        ("ticket_replied", "company", "private note"),
        ("ticket_solved", "company", None),
        ("zen:event-type:user.role_changed", "company", "no ticket"),
    ]


def test_surveys_of_every_kind(tmp_path: Path) -> None:
    write(
        tmp_path,
        nps="""
            response_id,responded_at,email,nps_score,comment
            r1,2024-05-01T10:00:00Z,Ann@example.org,9,Great
            r2,2024-05-02T10:00:00Z,bob@example.org,3,""",
        mixed="""
            id,survey_type,score,submitted_at,customer_id,feedback
            1,CSAT,4,2024-05-01 10:00:00,17,fine
            2,NPS,10,2024-05-01 10:00:00,18,
            3,onboarding,,2024-05-01 10:00:00,19,long text""",
        Qualtrics="""
            ResponseId,RecordedDate,RecipientEmail,Finished,NPS
            R_1,2024-05-01 10:00:00,cas@example.org,True,8
            R_2,2024-05-01 10:00:00,dee@example.org,False,""",
    )
    found = staged(tmp_path, "survey", "*.csv")
    columns = ("event_name", "actor", "event_id", "ident", "properties->>'score'", "properties->>'survey'", "ignored")
    assert of_table(found, "nps", *columns) == [
        ("survey_answered", "customer", "r1", "ann@example.org", "9", "nps", None),
        ("survey_answered", "customer", "r2", "bob@example.org", "3", "nps", None),
    ]
    assert of_table(found, "nps", "properties->>'comment'") == ["Great", None]
    assert of_table(found, "mixed", *columns[3:]) == [
        ("17", "4", "csat", None), ("18", "10", "nps", None), ("19", None, "onboarding", None),
    ]  # fmt: skip
    assert of_table(found, "mixed", "properties->>'comment'") == ["fine", None, "long text"]
    assert of_table(found, "Qualtrics", *columns[3:]) == [
        ("cas@example.org", "8", "nps", None), ("dee@example.org", None, None, "not finished"),
    ]  # fmt: skip


def by_file(found: Staged, name: str, *columns: str) -> list[Any]:
    return rows(Staged(found.folder, [file for file in found.files if file.file == name]), *columns)


OURS = ("hubspot", "salesforce", "survey", "zendesk")


def fields(path: Path) -> set[str]:
    """The columns of a CSV file; the dotted paths of the first records of a JSON file."""
    if path.suffix == ".csv":
        return set(next(csv.reader(path.read_text(encoding="utf-8-sig").splitlines())))
    found: set[str] = set()

    def follow(value: Any, at: str) -> None:
        found.add(at)
        items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
        for key, inner in items:
            follow(inner, f"{at}[{key}]" if isinstance(key, int) else f"{at}.{key}" if at else key)

    text = json.loads(path.read_text(encoding="utf-8"))
    for record in text if isinstance(text, list) else [text]:
        follow(record, "")
    return found


def claimed(present: set[str]) -> set[str]:
    """The connectors one of whose marks a file has."""
    marks = {}
    for name in OURS:
        connector = load_connector(name, Path())
        marks[name] = [*connector.recognise, *(mark for stream in connector.streams for mark in stream.recognise)]
    return {name for name, found in marks.items() if any(set(mark.has) <= present for mark in found)}


def test_marks_know_their_own_and_nobody_elses(tmp_path: Path) -> None:
    for path in sorted(DATA.rglob("*.csv")) + sorted(DATA.rglob("*.json")):
        own = {path.parent.name} & set(OURS)
        assert claimed(fields(path)) <= own, path.name
    for name in (
        "lead",
        "contact",
        "opportunity",
        "opportunity_history",
        "task",
        "event",
        "account",
        "contact_history",
    ):
        assert claimed(fields(DATA / "salesforce" / f"sf_{name}_data.csv")) == {"salesforce"}, name
    for name in ("contact_property_history", "deal_property_history", "email_event", "contact", "deal_contact"):
        assert claimed(fields(DATA / "hubspot" / f"{name}_data.csv")) == {"hubspot"}, name
    write(tmp_path, **{table: ZENDESK[table] for table in ("ticket", "ticket_comment", "ticket_field_history")})
    for path in tmp_path.glob("*.csv"):
        assert claimed(fields(path)) == {"zendesk"}, path.name
    (tmp_path / "a.json").write_text(json.dumps({"audits": AUDITS}))
    (tmp_path / "t.json").write_text(json.dumps({"tickets": [{**TICKET, "assignee_id": 5}]}))
    assert claimed(fields(tmp_path / "a.json")) == claimed(fields(tmp_path / "t.json")) == {"zendesk"}
