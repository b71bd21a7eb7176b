"""When runs start by themselves: the schedule's zone, and the sensor for files."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from pipelines.schedules import daily
from pipelines.sensors import new_files


def look(config: Path, instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        answer = new_files(config)(context)
    assert isinstance(answer, dg.SensorResult | dg.SkipReason)
    return answer


def state(answer: dg.SensorResult | dg.SkipReason) -> str:
    assert isinstance(answer, dg.SensorResult)
    assert answer.run_requests
    (request,) = answer.run_requests
    assert request.run_key == answer.cursor
    return str(answer.cursor)


def test_the_first_look_asks_for_a_run_and_the_next_does_not(config: Path, instance: dg.DagsterInstance) -> None:
    seen = state(look(config, instance))
    assert isinstance(look(config, instance, seen), dg.SkipReason)


def test_new_grown_replaced_and_removed_files_each_ask_for_a_run(config: Path, instance: dg.DagsterInstance) -> None:
    file = config.parent / "web" / "a.csv"
    states = [state(look(config, instance))]
    with file.open("a", encoding="utf-8") as log:
        log.write("8,2026-06-02T12:00:00Z,cem,page_viewed\n")
    states.append(state(look(config, instance, states[-1])))
    (config.parent / "web" / "b.csv").write_text("id,at,user,event\n")
    states.append(state(look(config, instance, states[-1])))
    os.utime(file, ns=(1, 1))  # as large as before, but another one
    states.append(state(look(config, instance, states[-1])))
    (config.parent / "web" / "b.csv").unlink()
    states.append(state(look(config, instance, states[-1])))
    assert len(set(states)) == len(states)


def test_files_that_no_source_names_are_nobodys_business(config: Path, instance: dg.DagsterInstance) -> None:
    seen = state(look(config, instance))
    (config.parent / "notes.txt").write_text("nothing to read here")
    assert isinstance(look(config, instance, seen), dg.SkipReason)


def test_another_configuration_asks_for_a_run(config: Path, instance: dg.DagsterInstance) -> None:
    seen = state(look(config, instance))
    config.write_text(config.read_text() + "minimum: 10\n")
    assert state(look(config, instance, seen)) != seen


def test_a_faulty_configuration_is_said_and_asks_for_nothing(config: Path, instance: dg.DagsterInstance) -> None:
    config.write_text("sources: 7\n")
    answer = look(config, instance)
    assert isinstance(answer, dg.SkipReason)
    assert "sources" in (answer.skip_message or "")


def test_the_schedule_is_in_the_reporting_zone(config: Path) -> None:
    assert daily(config).execution_timezone == "UTC"
    config.write_text("timezone: Europe/Amsterdam\n" + config.read_text())
    assert daily(config).execution_timezone == "Europe/Amsterdam"


def test_a_faulty_configuration_does_not_take_the_schedule_away(config: Path) -> None:
    config.write_text("sources: 7\n")
    assert daily(config).execution_timezone == "UTC"
