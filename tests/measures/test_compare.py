"""Comparisons of a published file: who is in which group, subjects equal to plain Python, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from journey_analytics import Warehouse, compare
from journey_analytics.cli.main import main
from journey_analytics.engine.duck import connect, quote_text
from journey_analytics.errors import JourneyError
from journey_analytics.measures.comparison_groups import drop_groups, make_groups
from journey_analytics.measures.comparison_rows import DAY_US, Row, common_age, judged
from journey_analytics.measures.comparison_subjects import (
    COMPLETED,
    DROPPED,
    Subjects,
    stage_subjects,
    visit_subjects,
)
from journey_analytics.measures.errors import MeasureError
from journey_analytics.measures.funnel import funnel
from journey_analytics.presentation.comparison import sentences
from tests.measures.comparison_warehouse import AS_OF, MINIMUM, STAGES, TIMEOUT, Made, journeys, write

EARLY, LATE = "started_at < '2025-09-01'", "started_at >= '2025-09-01'"


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return journeys(11, customers=120)


@pytest.fixture(scope="module")
def published(made: list[Made], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("compared") / "journeys.duckdb", made)


def us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def ended(journey: Made) -> datetime:
    return journey.ended_at + (timedelta(0) if journey.is_lost else TIMEOUT)


def expected_stages(made: list[Made], stage: int) -> list[tuple[int, int, int]]:
    """(time, cause, followed) of a stage, from the definition: first at S or beyond, first beyond S."""
    found = []
    for journey in made:
        if not journey.start_observed:
            continue
        kept = [(journey.kept, journey.visits[0][1])] if journey.kept else []
        reached = [at for rank, at in [*kept, *journey.visits] if rank >= stage]
        beyond = [at for rank, at in [*kept, *journey.visits] if rank > stage]
        if not reached:
            continue
        entry = reached[0]
        if beyond:
            time, cause = us(beyond[0] - entry), 1
        elif journey.outcome == "dropped":
            time, cause = us(ended(journey) - entry), DROPPED
        else:
            time, cause = us(AS_OF - entry), 0
        found.append((time, cause, us(AS_OF - entry)))
    return sorted(found)


def expected_visits(made: list[Made], stage: int) -> list[tuple[int, int, int]]:
    found = []
    for journey in made:
        for place, (rank, at) in enumerate(journey.visits):
            if rank != stage or not journey.start_observed:
                continue
            if place + 1 < len(journey.visits):
                time, cause = us(journey.visits[place + 1][1] - at), journey.visits[place + 1][0]
            elif journey.outcome != "open" and ended(journey) <= AS_OF:
                time, cause = us(ended(journey) - at), COMPLETED if journey.outcome == "completed" else DROPPED
            else:
                time, cause = us(AS_OF - at), 0
            found.append((time, cause, us(AS_OF - at)))
    return sorted(found)


def told(subjects: Subjects) -> list[tuple[int, int, int]]:
    return sorted(zip(subjects.time.tolist(), subjects.cause.tolist(), subjects.followed.tolist(), strict=True))


def test_subjects_are_those_of_plain_python(made: list[Made], published: Path) -> None:
    with Warehouse(published) as warehouse:
        con = warehouse._open()
        make_groups(con, EARLY, LATE, keep_both=True)
        stages, visits = stage_subjects(con, AS_OF, us(TIMEOUT)), visit_subjects(con, AS_OF, us(TIMEOUT), starts=True)
        drop_groups(con)
    assert any(journey.kept and journey.visits[0][0] < journey.kept for journey in made)
    assert {journey.outcome for journey in made if journey.is_lost} == {"completed", "dropped"}
    for rank in range(1, len(STAGES) + 1):
        assert told(stages[rank]) == expected_stages(made, rank)
        assert told(visits[rank]) == expected_visits(made, rank)
    starts = [journey for journey in made if journey.start_observed]
    assert sorted(visits[0].cause.tolist()) == sorted(journey.visits[0][0] for journey in starts)


def test_a_period_holds_the_journeys_that_began_in_it_whole(made: list[Made], published: Path) -> None:
    groups = compare(published, EARLY, LATE).groups
    early = [journey for journey in made if journey.visits[0][1] < datetime(2025, 9, 1)]
    assert (groups.left_journeys, groups.right_journeys) == (len(early), len(made) - len(early))
    assert (groups.neither, groups.both_journeys) == (0, 0)
    late = {journey.customer for journey in made} - {
        journey.customer for journey in made if journey.visits[0][1] < datetime(2025, 9, 1)
    }
    assert groups.both_customers == len({j.customer for j in made}) - len(late) - len(
        {j.customer for j in early} - {j.customer for j in made if j.visits[0][1] >= datetime(2025, 9, 1)}
    )
    assert groups.both_customers > 0


def test_who_is_in_both_is_left_out_and_counted(made: list[Made], published: Path) -> None:
    groups = compare(published, "device = 'mobile'", "country = 'NL' or device = 'mobile'").groups
    mobile = sum(journey.device == "mobile" for journey in made)
    dutch = sum(journey.country == "NL" and journey.device != "mobile" for journey in made)
    assert (groups.left_journeys, groups.right_journeys, groups.both_journeys) == (0, dutch, mobile)
    parted = compare(published, EARLY, LATE, both="leave_out").groups
    both = {j.customer for j in made if j.visits[0][1] < datetime(2025, 9, 1)} & {
        j.customer for j in made if j.visits[0][1] >= datetime(2025, 9, 1)
    }
    assert parted.both_customers == len(both)
    assert parted.both_journeys == sum(journey.customer in both for journey in made)
    assert parted.left_journeys + parted.right_journeys + parted.both_journeys == len(made)


def test_columns_of_sessions_customers_and_events(made: list[Made], published: Path) -> None:
    assert compare(published, "device = '(unknown)'", "device = 'mobile'").groups.left_journeys == sum(
        journey.device is None for journey in made
    )
    assert compare(published, "account_id = 'acme'", "false").groups.left_journeys == len(made)
    assert compare(published, "value = 1 and customer.value = 7", "false").groups.left_journeys == len(made)
    assert compare(published, "session.event_count = 3", "value = 7").groups.left_journeys == len(made)
    assert compare(published, "journey = 'later'", "journey = 'first'").groups.left_journeys == sum(
        journey.order > 1 for journey in made
    )


def test_shares_of_fully_followed_journeys_are_plain_shares(made: list[Made], published: Path) -> None:
    """With nobody censored before the common age, the estimate is a count divided by a count."""
    row = next(r for r in compare(published, EARLY, "started_at < '2026-01-01' and not " + EARLY).rows)
    assert row.measure == "dropped"
    age = int((row.age_days or 0) * DAY_US)
    left = expected_stages([j for j in made if j.visits[0][1] < datetime(2025, 9, 1)], 1)
    assert all(followed >= age for _, _, followed in left)
    dropped = sum(cause == DROPPED and time <= age for time, cause, _ in left)
    assert (row.left_events, row.left_n, row.left) == (dropped, len(left), pytest.approx(dropped / len(left)))


def test_transitions_of_a_stage_sum_to_at_most_one(published: Path) -> None:
    table = compare(published, EARLY, LATE, "transitions").table
    for place in ("(start)", *STAGES):
        sums = table.filter(table["place"] == place)
        assert 0 < sums["left"].sum() <= 1 + 1e-9
    assert "(dropped)" in table["to"].to_list()
    starts = table.filter(table["place"] == "(start)")
    assert starts["left"].sum() == pytest.approx(1)


def test_a_funnel_of_elapsed_windows_is_the_funnel(made: list[Made], published: Path) -> None:
    steps = ["viewed", "carted", "bought"]
    left, right = "started_at < '2025-09-01'", "started_at >= '2025-09-01' and started_at < '2026-05-01'"
    rows = compare(published, left, right, "funnel", steps=steps, window="14d").rows
    with Warehouse(published) as warehouse:
        events = warehouse.sql(
            "select e.* exclude (source, event_id), e.position as sequence from events e join journeys using "
            "(journey_id) where started_at < '2025-09-01'"
        ).to_arrow_table()
    plain = funnel(events, steps, window="14d", count="journeys", as_of=AS_OF)
    shares = [row for row in rows if row.measure == "converted"]
    assert [row.left for row in shares] == pytest.approx(plain["conversion_from_start"].to_list()[1:])
    assert [row.age_days for row in shares] == [14.0, 14.0]
    assert [row.left_events for row in shares] == plain["customers"].to_list()[1:]


def test_an_empty_group_is_said_and_nothing_is_tested(published: Path) -> None:
    comparison = compare(published, "device = 'fridge'", "device = 'mobile'")
    assert all(row.note == "nobody" and row.is_small and row.p_value is None for row in comparison.rows)
    assert "No journey is in the left group: nothing can be said of it." in sentences(comparison)


def test_small_groups_are_flagged_and_not_tested(made: list[Made], published: Path) -> None:
    few = ", ".join(str(journey.number) for journey in made if journey.start_observed)
    few = ", ".join(few.split(", ")[: MINIMUM - 1])
    rows = compare(published, f"journey_id in ({few})", f"journey_id not in ({few})").rows
    assert all(row.is_small and row.p_value is None and not row.survives for row in rows)


def test_too_early_is_said(published: Path) -> None:
    comparison = compare(published, EARLY, "started_at >= '2026-05-01'")
    dropped = [row for row in comparison.rows if row.measure == "dropped" and row.left_n and row.right_n]
    assert dropped
    assert all((row.note, row.left, row.p_value) == ("too early to say", None, None) for row in dropped)
    assert any(text.startswith("Too early to say who dropped") for text in sentences(comparison))


def test_what_is_known_afterwards_only_is_warned_of(published: Path) -> None:
    assert "Careful: outcome" in " ".join(sentences(compare(published, "outcome = 'dropped'", "outcome = 'open'")))


def test_the_same_question_has_the_same_answer_with_any_number_of_threads(published: Path) -> None:
    answers = []
    for threads in (1, 4):
        with Warehouse(published) as warehouse:
            warehouse._open = _with_threads(warehouse, threads)  # type: ignore[method-assign]
            answers.append([compare(warehouse, EARLY, LATE, what).rows for what in ("drop_off", "transitions")])
    assert answers[0] == answers[1]


def _with_threads(warehouse: Warehouse, threads: int) -> Callable[[], duckdb.DuckDBPyConnection]:
    con = connect(threads=threads)
    con.execute(f"ATTACH {quote_text(str(warehouse.path))} AS journeys (READ_ONLY)")
    con.execute("USE journeys")
    return lambda: con


def test_left_and_right_are_mirror_images(published: Path) -> None:
    for what in ("drop_off", "transitions", "dwell"):
        for a, b in zip(
            compare(published, EARLY, LATE, what).rows, compare(published, LATE, EARLY, what).rows, strict=True
        ):
            assert (a.left, a.right, a.left_n) == (b.right, b.left, b.right_n)
            assert a.p_value == (None if b.p_value is None else pytest.approx(b.p_value, abs=1e-9))
            if a.low is not None and b.high is not None:
                assert a.low == pytest.approx(-b.high, abs=1e-6)


def test_a_comparison_leaves_nothing_behind(published: Path) -> None:
    with Warehouse(published) as warehouse:
        compare(warehouse, EARLY, LATE)
        with pytest.raises(MeasureError):
            compare(warehouse, EARLY, "nonsense = 1")
        assert warehouse.sql("select count(*) from duckdb_tables() where temporary").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("devise = 'mobile'", "Did you mean device"),
        ("device = mobile", "there is no column 'mobile'"),
        ("device", "is no condition"),
        ("2026-03", "not true or false"),
        ("count(*) > 1", "is no condition"),
        ("  ", "the condition is empty"),
        ("true) or (true", "is no condition"),
        ("true; drop table journeys", "is no condition"),
        ("exists (from read_csv('/etc/passwd'))", "is no condition"),
        ("true) union select 1 from (select true", "is no condition"),
    ],
)
def test_what_is_no_condition_is_refused(condition: str, message: str, published: Path) -> None:
    with pytest.raises(MeasureError, match=message.replace("(", r"\(")):
        compare(published, condition, "true")
    with pytest.raises(MeasureError, match="right"):
        compare(published, "true", condition)


def test_a_text_that_is_no_number_is_one_clear_error(published: Path) -> None:
    with pytest.raises(MeasureError, match="can't be made"):
        compare(published, "device::integer > 3", "true")


@pytest.mark.parametrize(
    "asked",
    [
        {"what": "weather"},
        {"what": "funnel"},
        {"what": "dwell", "steps": ["a", "b"]},
        {"both": "perhaps"},
        {"what": "funnel", "steps": ["viewed", "bought"], "window": "soon"},
    ],
)
def test_wrong_questions_are_refused(asked: dict[str, object], published: Path) -> None:
    with pytest.raises(MeasureError):
        compare(published, EARLY, LATE, **asked)  # type: ignore[arg-type]


def test_an_older_warehouse_says_what_to_do(tmp_path: Path, made: list[Made]) -> None:
    path = write(tmp_path / "journeys.duckdb", made)
    con = connect(path)
    con.execute("alter table journeys drop column kept_stage")
    con.close()
    with pytest.raises(JourneyError, match="journey run"):
        compare(path, EARLY, LATE)


def test_the_common_age_is_that_of_the_group_observed_for_less() -> None:
    days = np.array([10, 20, 30, 40, 5, 6, 7, 8.5]) * DAY_US
    left = np.array([True] * 4 + [False] * 4)
    zeros = np.zeros(8, dtype=np.int64)
    subjects = Subjects(left, zeros, zeros, zeros, days.astype(np.int64))
    assert common_age(subjects, 1) == 8 * DAY_US
    assert common_age(subjects, 2) == 7 * DAY_US
    assert common_age(subjects, 30) == 7 * DAY_US  # half of them, where they are fewer than the minimum
    assert common_age(Subjects.none(), 1) is None


def test_only_what_survives_is_a_finding() -> None:
    row = Row("dropped", "S", None, 100.0, 50, 50, left=0.4, right=0.2, difference=0.2, low=0.0, high=0.4)
    found = judged([Row(**{**row.__dict__, "p_value": p}) for p in (0.03, 0.5, 0.7, None)])
    assert [r.survives for r in found] == [False] * 4  # 0.03 alone would do; of three it does not
    assert [r.p_adjusted for r in found] == [pytest.approx(0.09), pytest.approx(0.7), pytest.approx(0.7), None]


def test_groups_are_those_of_the_segmented_tables(sample_warehouse: Path) -> None:
    """A journey's value of a session's column is the one by which the published tables segment it."""
    with Warehouse(sample_warehouse) as warehouse:
        for segment in ("device", "channel_group", "journey"):
            values = warehouse.sql(
                "select segment_value, reached from drop_off where segment = ? and stage_rank = 1", params=[segment]
            ).fetchall()
            assert len(values) > 1
            for value, reached in values:
                groups = compare(warehouse, f"{segment} = '{value}'", f"{segment} <> '{value}'").groups
                assert (groups.left_journeys, groups.neither) == (reached, 0), (segment, value)


def test_counts_of_the_sample_are_those_of_drop_off(sample_warehouse: Path) -> None:
    with Warehouse(sample_warehouse) as warehouse:
        con = warehouse._open()
        as_of, timeout = con.sql("select as_of, (journey_timeout_seconds * 1e6)::bigint from runs").fetchall()[-1]
        make_groups(con, "true", "false", keep_both=True)
        subjects = stage_subjects(con, as_of, timeout)
        drop_groups(con)
        unobserved = con.sql("select count(*) from journeys where not start_observed").fetchall()[0][0]
        reached = dict(con.sql("select stage_rank, reached from drop_off where segment = 'all'").fetchall())
    assert len(subjects[1]) == reached[1] - unobserved
    assert all(0 < len(subjects[rank]) <= reached[rank] for rank in reached)


def test_the_command_speaks_in_words_first(sample_warehouse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sample_warehouse.parent.parent if sample_warehouse.is_file() else sample_warehouse.parent
    config = str(folder / "journey.yaml")
    question = ["compare", "--left", "device = 'mobile'", "--right", "device = 'desktop'", "--config", config]
    assert main(question) == 0
    text = capsys.readouterr().out
    assert text.startswith("Left: device = 'mobile' (")
    assert text.index("Beyond chance") < text.index("95 % interval")
    assert main([*question, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows"][0]["measure"] == "dropped"
    assert answer["words"][0].startswith("Left:")
    assert main(["compare", "--left", "devise = 1", "--right", "true", "--config", config]) == 2
    assert "Did you mean device" in capsys.readouterr().err
