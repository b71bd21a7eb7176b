"""`journey status`: the last run, what is published, what was rejected, which sources are silent."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from journey_analytics.cli.options import add_config, load
from journey_analytics.cli.output import Output, table

HELP = "last run, what is published, rejects, silent sources"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_config(parser)


def execute(options: argparse.Namespace, out: Output) -> int:
    """Print the state of the warehouse; exit code 0 also where nothing is published yet."""
    config = load(options.config)
    from journey_analytics.attempts import last_attempt
    from journey_analytics.presentation.queries import read

    attempt = last_attempt(config.state_folder)
    file = config.warehouse_folder / "journeys.duckdb"
    state: dict[str, Any] = {"warehouse": file, "last_run": None, "published": None, "rejected": [], "silent": []}
    if attempt is not None:
        state["last_run"] = {
            "run_id": attempt.run_id,
            "state": attempt.state,
            "started_at": attempt.started_at,
            "finished_at": attempt.finished_at,
            "error": attempt.error,
        }
    if file.exists():
        facts = read(file)
        state["published"] = facts.run
        state["rejected"] = facts.rejects
        state["silent"] = facts.silences
    out.answer(state, _text(state))
    return 0


def _text(state: dict[str, Any]) -> str:
    last, published = state["last_run"], state["published"]
    lines = [("warehouse", state["warehouse"] if published else f"nothing published yet at {state['warehouse']}")]
    if last is not None:
        said = {"unfinished": "running now, or killed: the next run needs no help"}.get(last["state"], last["state"])
        lines.append(("last run", f"{said}, started {last['started_at']}"))
    if published is not None:
        lines += [(name.replace("_", " "), value) for name, value in asdict(published).items() if value is not None]
    parts = [table([(name, str(value)) for name, value in lines])]
    if last is not None and last["error"]:
        parts.append("The last run failed:\n" + str(last["error"]))
    if state["rejected"]:
        cells = [(row.source, row.reason, row.rows) for row in state["rejected"]]
        parts.append("Rejected rows\n" + table(cells, ("source", "reason", "rows")))
    if state["silent"]:
        silent = [(row.source, str(row.last_event_at), row.days, row.usual_days) for row in state["silent"]]
        parts.append("Silent sources\n" + table(silent, ("source", "last event (UTC)", "days", "usual")))
    return "\n\n".join(parts)
