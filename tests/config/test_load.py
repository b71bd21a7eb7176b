"""journey.yaml: what is right loads, what is wrong is told all at once with line, key and remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from journey_analytics.config.load import load_config
from journey_analytics.config.stages import shipped_model, shipped_models, where_problem
from journey_analytics.errors import ConfigError, Problem

SOURCE = (
    "sources:\n  - {name: shop, connector: table, files: a.csv, columns: {occurred_at: t}, event: x, "
    "identifiers: {email: e}}\n"
)


def problems(folder: Path, text: str) -> list[Problem]:
    (folder / "journey.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(folder / "journey.yaml")
    return caught.value.problems


def one(folder: Path, text: str) -> Problem:
    found = problems(folder, text)
    assert len(found) == 1, found
    return found[0]


def test_a_configuration_loads_with_defaults(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(SOURCE)
    config = load_config(tmp_path)
    assert config.sources[0].files == ["a.csv"]
    assert config.stages == shipped_model("lifecycle")
    assert config.journeys.timeout == timedelta(days=90)
    assert config.folder == tmp_path


def test_the_documented_keys_load(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(
        """
warehouse: warehouse
timezone: Europe/Amsterdam
currency: EUR
sources:
  - {name: web, connector: segment, files: web/*.jsonl.gz}
  - name: shop
    connector: table
    channel: web
    class: web
    files: [shop/*.csv]
    columns: {occurred_at: timestamp, event_name: event, event_id: id, value: amount}
    identifiers: {cookie: visitor, email: email}
    timezone: UTC
  - name: leads
    connector: table
    channel: crm
    actor: company
    files: crm/leads.csv
    events: [{event: lead_created, at: created_at}, {event: deal_won, at: won_at, value: amount}]
    identifiers: {crm_contact: lead_id, email: email, account: company_id}
  - {name: deals, connector: table, database: crm.duckdb, query: "select * from d", columns: {occurred_at: t},
     event: deal_won, identifiers: {email: e}}
identity: {unique: [user_id, crm_contact], shared: [user_id], max_people: 5, ignore: ["test@*"]}
exclude_customers: ["*@ourcompany.example"]
sessions: {timeout: 30m, max_length: 24h, midnight: false, campaign: false, by: customer}
journeys: {timeout: 90d, horizon: 120d, lost: [deal_lost]}
stages:
  - name: First
  - name: Loyalty
    keeps: true
    rules:
      - {events: [order_completed], nth: ">= 3"}
      - {urls: ["/referral/*"], back: false}
      - {events: ["ticket_*"], where: "properties->>'score' >= '9'", after: order_completed, within: 30d}
key_events: [form_submitted]
segments: [channel_group, device, country, {cohort: month}]
minimum: 30
max_clock_skew: 24h
publish: {mode: "0440"}
resources: {memory: 2GB, threads: 2, temp: .tmp}
"""
    )
    config = load_config(tmp_path / "journey.yaml")
    assert (config.stages.name, config.stages.stages[1].rules[2].after) == ("custom", ["order_completed"])
    assert config.sources[1].session_class == "web"


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    found = one(tmp_path, SOURCE + "warehose: x\n")
    assert (found.line, found.key, found.remedy) == (3, "warehose", "Did you mean 'warehouse'?")
    found = one(tmp_path, SOURCE + "sessions:\n  timout: 30m\n")
    assert (found.line, found.key, found.remedy) == (4, "sessions.timout", "Did you mean 'timeout'?")


def test_what_is_no_currency_and_what_is_no_key_of_ours(tmp_path: Path) -> None:
    found = one(tmp_path, SOURCE + "currency: euros\n")
    assert (found.line, found.key) == (3, "currency")
    assert "three letters" in found.message
    found = one(tmp_path, SOURCE + "path: nonsense\n")
    assert (found.line, found.key, found.message) == (3, "path", "unknown key 'path'")
    assert one(tmp_path, SOURCE + "path:\n").message == "unknown key 'path'"
    assert one(tmp_path, SOURCE + "warehose:\n").remedy == "Did you mean 'warehouse'?"  # empty or not
    assert "path" not in str(one(tmp_path, SOURCE + "xyzzy: 1\n").remedy).split(", ")


@pytest.mark.parametrize("key", ["privacy: {}"])
def test_a_key_that_is_planned_is_refused_by_name(tmp_path: Path, key: str) -> None:
    found = one(tmp_path, SOURCE + key + "\n")
    assert (found.message, found.key, found.line) == ("not available yet", key.split(":")[0], 3)


@pytest.mark.parametrize(
    ("rule", "key", "said"),
    [
        ("{channel_group: Partner}", "channel_rules[0]", "has no condition"),
        ("{channel_group: Partner, click_ids: gclidd}", "channel_rules[0].click_ids", "unknown click id 'gclidd'"),
        ("{channel_group: Partner, traffic_source: a}", "channel_rules[0].traffic_source", "unknown key"),
        ("{traffic_sources: a}", "channel_rules[0].channel_group", "is missing"),
        ('{channel_group: "", events: a}', "channel_rules[0].channel_group", "at least 1 character"),
    ],
)
def test_a_channel_rule_is_checked(tmp_path: Path, rule: str, key: str, said: str) -> None:
    found = one(tmp_path, SOURCE + f"channel_rules:\n  - {rule}\n")
    assert (found.key, found.line) == (key, 4)
    assert said in found.message


def test_channel_rules_are_typed(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(
        SOURCE + "channel_rules:\n  - {channel_group: Partner, traffic_sources: acme, events: [a, b]}\n"
    )
    rule = load_config(tmp_path).channel_rules[0]
    assert (rule.channel_group, rule.traffic_sources, rule.events) == ("Partner", ["acme"], ["a", "b"])


@pytest.mark.parametrize("text", ["a: 1\n\tb: 2\n", "sources:\n\t- name: x\n", "sources:\n  -\tname: x\n\t  y: z\n"])
def test_a_tab_is_one_clear_error(tmp_path: Path, text: str) -> None:
    found = one(tmp_path, text)
    assert "tab" in found.message
    assert found.line in (2, 3)
    assert found.file == str(tmp_path / "journey.yaml")


def test_yaml_mistakes(tmp_path: Path) -> None:
    assert one(tmp_path, "sources: [\n").line == 2
    assert "twice" in one(tmp_path, SOURCE + "minimum: 3\nminimum: 4\n").message
    assert one(tmp_path, "").message == "is empty"
    assert "mapping" in one(tmp_path, "- a\n").message
    with pytest.raises(ConfigError, match="file not found"):
        load_config(tmp_path / "nothing.yaml")
    (tmp_path / "journey.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_config(tmp_path)


def test_aliases_of_aliases_are_one_clear_error(tmp_path: Path) -> None:
    doubled = "".join(f"  - &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    found = one(tmp_path, SOURCE + f"x:\n  - &a0 [lol]\n{doubled}")
    assert "aliases stand for more than" in found.message
    assert found.line is not None
    shared = "".join(f"  - {{name: F{n}, steps: *s}}\n" for n in range(50))
    # plain aliases are fine: only what is no key is told
    told = one(tmp_path, SOURCE + f"x: &s [page_viewed, order_completed]\nfunnels:\n{shared}")
    assert told.message == "unknown key 'x'"


def test_all_problems_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """timezone: Europe/Amsterdm
sources:
  - {name: shop, connector: tabel, files: a.csv, colums: {a: b}}
  - {name: shop, connector: tabel, files: a.csv}
  - {name: shop, connector: table, files: a.csv, database: b, columns: {occurred_at: t, event_nam: e}, timezone: CTE}
segments: [devise, {cohort: monht}]
journeys: {timeout: 90}
publish: {mode: rw}
stages:
  - name: A
  - name: B
    keep: true
    rules:
      - {events: a, within: 3d}
      - {nth: "about 3", events: b}
      - {where: "foo > 3"}
""",
    )
    told = {(problem.line, problem.key) for problem in found}
    assert told >= {
        (1, "timezone"),
        (3, "sources[0].colums"),
        (4, "sources[1].connector"),
        (5, "sources[2].name"),
        (5, "sources[2]"),
        (5, "sources[2].timezone"),
        (5, "sources[2].columns.event_nam"),
        (5, "sources[2].identifiers"),
        (6, "segments[1].cohort"),
        (7, "journeys.timeout"),
        (8, "publish.mode"),
        (12, "stages[1].keep"),
        (14, "stages[1].rules[0].within"),
        (15, "stages[1].rules[1].nth"),
        (16, "stages[1].rules[2].where"),
    }
    assert all(problem.file and problem.line for problem in found)
    assert "Did you mean 'table'?" in next(p.remedy or "" for p in found if p.key == "sources[1].connector")


def test_what_the_table_connector_needs(tmp_path: Path) -> None:
    keys = {p.key for p in problems(tmp_path, "sources:\n  - {name: shop, connector: table, files: a.csv}\n")}
    assert keys == {"sources[0].columns", "sources[0].identifiers"}
    wide = SOURCE.replace("event: x", "events: [{event: x, at: t}]")
    assert one(tmp_path, wide).key == "sources[0].columns.occurred_at"
    assert one(tmp_path, SOURCE.replace("files: a.csv, ", "")).message == "'shop' has neither `files` nor `database`"
    assert "no name" in one(tmp_path, SOURCE.replace("name: shop", "name: my.shop")).message


def test_a_field_that_is_no_field(tmp_path: Path) -> None:
    found = one(tmp_path, SOURCE.replace("{occurred_at: t}", "{occurred_at: 3}"))
    assert (found.key, "names no field" in found.message) == ("sources[0].columns.occurred_at", True)


def test_stage_models(tmp_path: Path) -> None:
    assert shipped_models() == ["advocacy", "b2b_purchase", "lifecycle", "loyalty_advocacy", "retail"]
    found = one(tmp_path, SOURCE + "stages: {model: lifecycl}\n")
    assert (found.line, found.remedy) == (3, "Did you mean 'lifecycle'?")
    assert one(tmp_path, SOURCE + "stages: {modl: lifecycle}\n").remedy == "Did you mean 'model'?"
    assert "two stages" in one(tmp_path, SOURCE + "stages: [{name: A}]\n").message
    twice = "stages: [{name: A}, {name: A, rules: [{events: x}]}]\n"
    assert "twice" in one(tmp_path, SOURCE + twice).message


@pytest.mark.parametrize("name", ["advocacy", "b2b_purchase", "lifecycle", "loyalty_advocacy", "retail"])
def test_every_shipped_stage_from_the_purchase_on_keeps(name: str) -> None:
    stages = shipped_model(name).stages
    keeps = [stage.keeps for stage in stages]
    assert keeps == sorted(keeps)
    assert stages[-1].keeps
    assert not stages[0].rules


@pytest.mark.parametrize("nth", ["3", ">= 3", "> 2", "<= 1", "< 2", "= 4", ">=3"])
def test_nth_forms(tmp_path: Path, nth: str) -> None:
    (tmp_path / "journey.yaml").write_text(
        SOURCE + f'stages: [{{name: A}}, {{name: B, rules: [{{events: x, nth: "{nth}"}}]}}]\n'
    )
    assert load_config(tmp_path).stages.stages[1].rules[0].nth == nth


def test_conditions_are_bound_and_never_reach_files() -> None:
    assert where_problem("properties->>'plan' = 'pro' and value > 100") is None
    assert where_problem("nonsense >") is not None
    assert where_problem("1=1); drop table event; --") is not None
    assert where_problem("(select count(*) from read_csv('/etc/passwd')) > 0") is not None


SNAPSHOT = (
    "sources:\n  - name: crm\n    connector: table\n    files: a.csv\n    identifiers: {email: e}\n    mode: snapshot\n"
    "    snapshot: {key: id, watch: stage, taken_at: a_%Y-%m-%d}\n"
)


def test_snapshots_load(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text(SNAPSHOT + "    events: {stage_changed: deal_stage_changed}\n")
    source = load_config(tmp_path).sources[0]
    assert source.snapshot is not None
    assert (source.snapshot.watch, source.snapshot.taken_at.name) == (["stage"], "a_%Y-%m-%d")


@pytest.mark.parametrize(
    ("before", "after", "key", "message"),
    [
        ("    mode: snapshot\n", "", "sources[0].snapshot", "goes with `mode: snapshot`"),
        ("    snapshot: {key: id, watch: stage, taken_at: a_%Y-%m-%d}\n", "", "sources[0].mode", "needs `snapshot`"),
        (
            "identifiers",
            "columns: {occurred_at: t}\n    identifiers",
            "sources[0].columns.occurred_at",
            "does not go with",
        ),
        ("identifiers", "event: x\n    identifiers", "sources[0].event", "does not go with"),
        ("identifiers", "events: [{event: x, at: t}]\n    identifiers", "sources[0].events", "does not go with"),
        ("mode: snapshot", "mode: snapshots", "sources[0].mode", "snapshot"),
        ("watch: stage", "watched: stage", "sources[0].snapshot.watched", "unknown key"),
        ("a_%Y-%m-%d", "a_%Y-%m", "sources[0].snapshot.taken_at", "tells no day"),
        ("a_%Y-%m-%d", "a_%s-%d", "sources[0].snapshot.taken_at", "%s is not known"),
        ("watch: stage", "max_deleted: 50", "sources[0].snapshot.max_deleted", "less than or equal to 1"),
    ],
)
def test_what_is_wrong_with_snapshots_is_told(tmp_path: Path, before: str, after: str, key: str, message: str) -> None:
    found = [problem for problem in problems(tmp_path, SNAPSHOT.replace(before, after)) if problem.key == key]
    assert len(found) == 1
    assert message in found[0].message
    assert found[0].line is not None
