"""What may happen between two runs: files that come, grow, change and go, other configuration, another moment.

An action is plain data: numbers that pick whatever is there, so that any sequence of actions can be carried out, a
failing one still means the same when others are left out of it, and its repr can be pasted into an `@example`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.loads import history
from tests.loads.history import Row
from tests.loads.menu import MENU, SOURCES
from tests.loads.project import Project

_WHO = ("user", "cookie", "email", "contact")


class Action(Protocol):
    """Something that changes what the next run finds."""

    def apply(self, project: Project) -> None:
        """Change the project."""


@dataclass(frozen=True)
class Sighting:
    """One row of a log: `days` before the clock of the next run (less than 0: in the future)."""

    source: str = "web"
    person: int = 1
    event: int = 0
    who: str = "own"
    days: int = 0
    second: int = 0

    def row(self, project: Project) -> Row:
        """The row in the columns of its source."""
        number, at = project.number(), project.clock - timedelta(days=self.days, seconds=self.second)
        if self.source == "mail":
            names = history.MAIL_EVENTS
            return history.mail(number, at, self.person, names[self.event % len(names)])
        if self.source == "crm":
            names = history.CRM_EVENTS
            return history.crm(number, at, self.person, names[self.event % len(names)], who=self.who)
        names = history.WEB_EVENTS
        return history.web(number, at, self.person, names[self.event % len(names)], who=self.who, visit=self.event)


@dataclass(frozen=True)
class Append:
    """New files, one for each source that has rows; `grow`: the rows go to the end of a file that is there."""

    rows: tuple[Sighting, ...]
    grow: bool = False

    def apply(self, project: Project) -> None:
        """Write them."""
        for source in dict.fromkeys(sighting.source for sighting in self.rows):
            found = [sighting.row(project) for sighting in self.rows if sighting.source == source]
            there = [name for name in logs(project) if name.startswith(f"{source}/")]
            name = there[-1] if self.grow and there else f"{source}/n{project.number()}.csv"
            project.files[name] = [*project.files.get(name, []), *found]


@dataclass(frozen=True)
class Correct:
    """A file is replaced by one in which a row says something else, or lacks the row."""

    file: int
    row: int
    how: str  # event, time, person, gone

    def apply(self, project: Project) -> None:
        """Rewrite the file."""
        picked = pick(project, self.file)
        if picked is not None:
            name, rows = picked
            place = self.row % len(rows)
            row = altered(rows[place], self.how, rows[0])
            project.files[name] = [*rows[:place], *([row] if self.how != "gone" else []), *rows[place + 1 :]]


@dataclass(frozen=True)
class Redeliver:
    """A row with an id comes once more, as it was or otherwise, received before or after the first."""

    file: int
    row: int
    how: str  # same, event, time, person
    newer: bool = True

    def apply(self, project: Project) -> None:
        """Write it to a file of its own."""
        picked = pick(project, self.file, with_ids=True)
        if picked is not None:
            name, rows = picked
            row = altered(rows[self.row % len(rows)], self.how, rows[0])
            received = project.clock if self.newer else datetime(2020, 1, 1)
            source = name.partition("/")[0]
            project.files[f"{source}/r{project.number()}.csv"] = [row | {"received": received.isoformat() + "Z"}]


@dataclass(frozen=True)
class Remove:
    """A file is removed, as logs are rotated away."""

    file: int

    def apply(self, project: Project) -> None:
        """Remove it."""
        picked = pick(project, self.file)
        if picked is not None:
            project.gone[picked[0]] = project.files.pop(picked[0])


@dataclass(frozen=True)
class Rename:
    """A file gets another name."""

    file: int

    def apply(self, project: Project) -> None:
        """Rename it."""
        picked = pick(project, self.file)
        if picked is not None:
            folder, _, name = picked[0].partition("/")
            kind = "people-m" if name.startswith("people") else "m"
            project.files[f"{folder}/{kind}{project.number()}.csv"] = project.files.pop(picked[0])


@dataclass(frozen=True)
class Restore:
    """Every file that was removed comes back."""

    def apply(self, project: Project) -> None:
        """Bring them back."""
        project.restore()


@dataclass(frozen=True)
class Tie:
    """A table of people says that the contact and address of one are the website's user `other`."""

    person: int
    other: int

    def apply(self, project: Project) -> None:
        """Write a table of its own."""
        project.files[f"crm/people-t{project.number()}.csv"] = [history.tie(self.person, self.other)]


@dataclass(frozen=True)
class Export:
    """A full export of plans, of a day before the clock: a new one, a late one or a corrected one."""

    days: int
    states: tuple[str, ...]

    def apply(self, project: Project) -> None:
        """Write the snapshot."""
        day = project.clock - timedelta(days=self.days)
        project.files[f"plans/{day:%Y-%m-%d}.csv"] = history.plans(list(self.states))


@dataclass(frozen=True)
class Configure:
    """A key of journey.yaml gets another value of the menu."""

    key: str
    value: int

    def apply(self, project: Project) -> None:
        """Set it."""
        values = MENU[self.key]
        value: Any = values[self.value % len(values)]
        section, _, key = self.key.partition(".")
        project.config[section] = {**project.config[section], key: value} if key else value


@dataclass(frozen=True)
class Sources:
    """Sources in another order, without one, or read in another way."""

    form: int

    def apply(self, project: Project) -> None:
        """Set them; for another reading all files are there, as what is gone can't be read again."""
        if SOURCES[self.form % len(SOURCES)].reads:
            project.restore()
        project.config["sources"] = SOURCES[self.form % len(SOURCES)].of(history.first_config()["sources"])


@dataclass(frozen=True)
class AsOf:
    """The next runs are asked for a moment, days before their clock; None: the newest event."""

    days: int | None

    def apply(self, project: Project) -> None:
        """Set it."""
        project.as_of = None if self.days is None else (project.clock - timedelta(days=self.days)).isoformat()


def logs(project: Project) -> list[str]:
    """The files that may grow, change and go: not snapshots, whose later ones rest on the earlier."""
    return [name for name in sorted(project.files) if not name.startswith(("plans/", "crm/people"))]


def pick(project: Project, number: int, *, with_ids: bool = False) -> tuple[str, list[Row]] | None:
    """A file with rows, and its rows: logs, and tables of people unless ids are needed."""
    names = logs(project) if with_ids else [name for name in sorted(project.files) if not name.startswith("plans/")]
    names = [name for name in names if project.files[name] and not (with_ids and name.startswith("mail/"))]
    return (names[number % len(names)], project.files[names[number % len(names)]]) if names else None


def altered(row: Row, how: str, other: Row) -> Row:
    """A row that says something else; `other` lends who it was."""
    if how == "event" and "event" in row:
        return row | {"event": "product_viewed" if row["event"] != "product_viewed" else "cart_added"}
    if how == "time" and "at" in row:
        moved = datetime.fromisoformat(row["at"].removesuffix("Z")) - timedelta(days=9, seconds=1)
        return row | {"at": moved.isoformat() + "Z"}
    if how == "person":
        return row | {name: other[name] for name in _WHO if name in other}
    return row
