"""The synthetic sample: the same every time, what it says it is, and the truth covers every line."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from journey_analytics.errors import JourneyError
from journey_analytics.sample import SampleSummary, write_sample

COMMITTED = Path(__file__).parents[2] / "data" / "sample"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but results, unpacked: zlib's bytes differ between its makers, what is packed not."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("warehouse"):
            found[name] = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return found


def lines(name: str, content: bytes) -> list[bytes]:
    """The rows of one log, without a header."""
    if name.startswith("email/"):
        return [json.dumps(event).encode() for event in json.loads(content)]
    if name.startswith("support/"):
        return [json.dumps(row).encode() for rows in json.loads(content).values() for row in rows]
    rows = content.split(b"\n")[:-1]
    return rows[1:] if name.endswith(".csv") else rows


def truth(folder: Path, name: str) -> list[dict[str, str]]:
    """A table of the truth."""
    with gzip.open(folder / "truth" / f"{name}.csv.gz", "rt", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return write_sample(tmp_path_factory.mktemp("sample"), customers=200, days=400, seed=5)


@pytest.fixture(scope="module")
def web(sample: SampleSummary) -> list[Any]:
    """Every web hit, in the order of arrival; None where the line is broken."""
    hits = []
    for path in sorted((sample.folder / "web").iterdir()):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            try:
                hits.append(json.loads(line))
            except json.JSONDecodeError:
                hits.append(None)
    return hits


def test_the_committed_sample_is_what_the_generator_writes(tmp_path: Path) -> None:
    made_with = json.loads((COMMITTED / "truth/summary.json").read_text())["made_with"]
    write_sample(tmp_path, **made_with)
    committed = contents(COMMITTED)
    committed.pop("README.md")
    again = contents(tmp_path)
    assert sorted(again) == sorted(committed)
    assert [name for name in again if again[name] != committed[name]] == []


def test_the_committed_sample_is_small() -> None:
    files = [path for path in COMMITTED.rglob("*") if path.is_file() and "warehouse" not in str(path)]
    assert sum(path.stat().st_size for path in files) < 3_000_000


def test_same_seed_same_bytes_other_seed_other_people(sample: SampleSummary, tmp_path: Path) -> None:
    write_sample(tmp_path / "same", customers=200, days=400, seed=5)
    write_sample(tmp_path / "other", customers=120, days=300, seed=6)
    for path in sorted(sample.folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(sample.folder)
            assert (tmp_path / "same" / name).read_bytes() == path.read_bytes(), name
    assert contents(tmp_path / "other")["truth/customers.csv.gz"] != contents(sample.folder)["truth/customers.csv.gz"]


def test_the_truth_knows_every_line_once(sample: SampleSummary) -> None:
    rows = truth(sample.folder, "events")
    told = Counter(row["file"] for row in rows)
    written = {
        name: len(lines(name, content))
        for name, content in contents(sample.folder).items()
        if name.startswith(("web/", "email/", "crm/", "support/", "surveys/", "stores/"))
        and "pipeline_stage" not in name
    }
    assert told == written
    assert len({(row["file"], row["line"]) for row in rows}) == len(rows)
    for row in rows:
        assert (row["customer"] == "") == row["fate"].startswith("rejected")
    summary = json.loads((sample.folder / "truth/summary.json").read_text())
    assert sum(summary["fates"].values()) == len(rows) == sum(sample.rows.values())
    accepted = {row["customer"] for row in rows if row["fate"] == ""}
    assert len(accepted) == summary["customers"] == sample.customers


def test_the_truth_s_line_is_the_row_s_line(sample: SampleSummary) -> None:
    files = contents(sample.folder)
    split = {name: lines(name, content) for name, content in files.items() if not name.startswith("truth/")}
    for row in truth(sample.folder, "events"):
        if row["event_id"]:
            line = int(row["line"]) - (2 if row["file"].endswith(".csv") else 1)
            assert row["event_id"].encode() in split[row["file"]][line]


def test_every_identifier_belongs_to_one_customer(sample: SampleSummary) -> None:
    rows = truth(sample.folder, "customers")
    owners = Counter((row["kind"], row["identifier"]) for row in rows)
    assert max(owners.values()) == 1
    # Several cookies of one person count as one customer where a login ties them.
    cookies = Counter(row["customer"] for row in rows if row["kind"] == "cookie")
    assert sum(1 for count in cookies.values() if count > 1) > 5


def test_the_dirt_in_the_logs_is_counted_right(sample: SampleSummary, web: list[Any]) -> None:
    dirt, good = sample.dirt, [hit for hit in web if hit is not None]
    assert sum(1 for hit in web if hit is None) == dirt["broken_json_lines"] > 0
    assert sum(1 for hit in good if "timestamp" not in hit) == dirt["missing_times"] > 0
    times = [hit["timestamp"] for hit in good if "timestamp" in hit]
    units = Counter(len(str(time)) for time in times if isinstance(time, int))
    assert units == {13: dirt["times_in_epoch_milliseconds"], 16: dirt["times_in_epoch_microseconds"]}
    stamps: dict[str, set[str]] = {}
    for hit in good:
        stamps.setdefault(hit["messageId"], set()).add(str(hit.get("timestamp")))
    assert sum(1 for found in stamps.values() if len(found) > 1) == dirt["stamped_again"] > 0
    assert sum(1 for time in times if str(time).startswith("1970")) == dirt["year_1970"] > 0
    assert sum(1 for time in times if str(time).startswith("2091")) == dirt["future"] > 0
    assert sum(1 for time in times if str(time)[-6:-5] in ("+", "-")) >= dirt["times_with_an_offset"] > 0
    ids = Counter(hit["messageId"] for hit in good)
    mails = [
        event
        for path in (sample.folder / "email").iterdir()
        for event in json.loads(gzip.decompress(path.read_bytes()))
    ]
    emails = Counter(event["sg_event_id"] for event in mails)
    again = sum(count - 1 for counts in (ids, emails) for count in counts.values())
    assert again == dirt["redelivered"] == sample.fates["duplicate"] > 0
    junk = {"undefined", "anonymous", "null", "0"}
    # One drawn twice over stays one: a junk id may stand on a row that was delivered again.
    assert len({hit["messageId"] for hit in good if hit.get("userId") in junk}) == dirt["junk_ids"] > 0
    assert sum(1 for hit in good if hit["anonymousId"] in junk) == dirt["without_identifier"] > 0
    assert sum(1 for event in mails if "event" not in event) == dirt["missing_event_names"] > 0
    people = Counter(cookie for cookie, _ in {(hit["anonymousId"], hit["userId"]) for hit in good if "userId" in hit})
    assert max(people.values()) == dirt["people_on_the_kiosk_cookie"] == 8


def test_the_dirt_in_the_crm_is_there(sample: SampleSummary) -> None:
    contact = (sample.folder / "crm/contact.csv").read_bytes()
    assert contact.startswith(b"\xef\xbb\xbf")
    assert contact.count(b"\r\n") == contact.count(b"\n")
    history = (sample.folder / "crm/contact_property_history.csv").read_bytes().splitlines()
    assert history[0].count(b"_fivetran_synced") == 2
    latin = [line for line in history if b"J\xfcrgen" in line]
    assert len(latin) == sample.dirt["latin_1_lines"] > 0


def test_most_newsletters_opened_by_a_machine_say_so(sample: SampleSummary) -> None:
    said = 0
    for path in (sample.folder / "email").iterdir():
        said += gzip.decompress(path.read_bytes()).count(b'"sg_machine_open":true')
    assert 0 < said < sample.dirt["machine_opens"]  # of some only the user agent tells


def test_people_come_back_over_devices_before_and_after_login(web: list[Any]) -> None:
    hits = [hit for hit in web if hit is not None]
    known = {hit["anonymousId"] for hit in hits if str(hit.get("userId", "")).startswith("u2")}
    anonymous_before = {hit["anonymousId"] for hit in hits if "userId" not in hit}
    assert len(known & anonymous_before) > 10
    devices: dict[str, set[str]] = {}
    for hit in hits:
        if str(hit.get("userId", "")).startswith("u2"):
            devices.setdefault(hit["userId"], set()).add(hit["context"]["userAgent"])
    assert sum(1 for agents in devices.values() if len(agents) > 1) >= 3


def test_a_new_sample_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    write_sample(tmp_path, customers=30, days=200, seed=1)
    (tmp_path / "journey.yaml").write_text("mine")
    months = len(list((tmp_path / "web").iterdir()))
    write_sample(tmp_path, customers=30, days=40, seed=1)
    assert 0 < len(list((tmp_path / "web").iterdir())) < months
    assert (tmp_path / "journey.yaml").read_text() == "mine"


def test_somebody_s_own_logs_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm/contact.csv").write_text("id\n1\n")
    with pytest.raises(JourneyError, match="no sample"):
        write_sample(tmp_path, customers=30, days=40, seed=1)
    assert (tmp_path / "crm/contact.csv").read_text() == "id\n1\n"


@pytest.mark.parametrize(("customers", "days"), [(1, 1), (1, 400), (3, 30)])
def test_the_smallest_samples_work(tmp_path: Path, customers: int, days: int) -> None:
    summary = write_sample(tmp_path, customers=customers, days=days, seed=2)
    assert summary.people == customers
    assert json.loads((tmp_path / "truth/summary.json").read_text())["made_with"]["days"] == days


def test_people_behave_as_their_persona_does(sample: SampleSummary) -> None:
    people = {row["person"]: row for row in truth(sample.folder, "people")}
    assert {row["persona"] for row in people.values()} >= {"researcher", "window shopper", "company buyer", "commuter"}
    colleagues = Counter(row["company"] for row in people.values() if row["company"])
    assert max(colleagues.values()) > 1
    assert sum(1 for row in people.values() if row["shares_a_device"] == "1") >= 4
    ends: dict[str, Counter[str]] = {}
    for row in truth(sample.folder, "journeys"):
        person = people.get(row["customer"])
        if person:
            ends.setdefault(person["persona"], Counter())[row["outcome"]] += 1
    completed = {persona: count["completed"] / count.total() for persona, count in ends.items()}
    assert completed["enthusiast"] > completed["window shopper"] + 0.1


def test_growth_and_season(sample: SampleSummary) -> None:
    arrivals = Counter(row["arrives"][:7] for row in truth(sample.folder, "people"))
    assert arrivals["2025-11"] == max(arrivals.values())  # the sale
    assert sum(arrivals[f"2026-{month:02}"] for month in (4, 5, 6)) > sum(arrivals[f"2026-{m:02}"] for m in (1, 2, 3))


def test_nothing_planted_changes_nothing_but_the_stories(sample: SampleSummary, tmp_path: Path) -> None:
    null = write_sample(tmp_path, customers=200, days=400, seed=5, planted=False)
    assert json.loads((tmp_path / "truth/planted.json").read_text()) == []
    assert len(json.loads((sample.folder / "truth/planted.json").read_text())) == 3
    before, after = truth(sample.folder, "people"), truth(null.folder, "people")
    told = ("person", "company", "arrives", "channel", "device", "browser")
    assert [[row[name] for name in told] for row in before] == [[row[name] for name in told] for row in after]
    changed = {row["persona"] for row, other in zip(before, after, strict=True) if row["persona"] != other["persona"]}
    assert changed == {"commuter"}


def test_every_story_ended_150_days_before_the_end() -> None:
    summary = json.loads((COMMITTED / "truth/summary.json").read_text())
    stories = json.loads((COMMITTED / "truth/planted.json").read_text())
    latest = datetime.fromisoformat(summary["end"]) - timedelta(days=150)
    assert len(stories) == 3
    assert all(datetime.fromisoformat(story["end"]) <= latest for story in stories)


@pytest.mark.parametrize(("customers", "days"), [(0, 10), (10, 0), (-1, 10), (10, 5000)])
def test_impossible_numbers_are_refused(tmp_path: Path, customers: int, days: int) -> None:
    with pytest.raises(JourneyError, match="is not between"):
        write_sample(tmp_path / "new", customers=customers, days=days, seed=2)
    assert not (tmp_path / "new").exists()
