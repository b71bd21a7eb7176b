"""The snapshots of one table in the order of time: what each is compared with, and whether it is believed.

A file is staged again only if its own content or what it is compared with changed. What is known of a file stands in
its sidecar, `StagedFile.snapshot`: `base` (how it is read), `moments`, `unreadable`, `cut`, and `judged`, by moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from journey_analytics.errors import ConfigError, Problem
from journey_analytics.ingest.columns import check_columns
from journey_analytics.ingest.inputs import Input
from journey_analytics.ingest.plan import Plan
from journey_analytics.ingest.readers.model import RawFile
from journey_analytics.ingest.snapshots.changes import Judged, changed_rows
from journey_analytics.ingest.snapshots.compare import Comparison, Part, compare, forget
from journey_analytics.ingest.snapshots.narrow import moments_of, narrow_table, rows_of
from journey_analytics.ingest.snapshots.taken import Moment, from_file_time, from_name
from journey_analytics.ingest.staged import StagedFile

#: Snapshots with unreadable rows that a comparison reaches back over, at most.
_REACH = 7


@dataclass
class Member:
    """One file of the series.

    Attributes:
        item: The input; None: the file is gone, and only what was staged of it is known.
        known: Its staged form, if there is one.
        is_same: Content and reading are those of `known`.
    """

    name: str
    item: Input | None
    known: StagedFile | None
    fingerprint: str
    base: str
    mtime_ns: int
    is_same: bool
    moments: list[Moment] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A file whose turn it is: as it was (`again` is None), or to be staged from `again()`."""

    member: Member
    mapping: str
    facts: dict[str, Any]
    flags: list[str]
    again: Callable[[], RawFile] | None


class Series:
    """All full exports of one stream of a source."""

    def __init__(
        self,
        plan: Plan,
        members: Sequence[Member],
        con: Callable[[], duckdb.DuckDBPyConnection],
        read: Callable[[Input], RawFile],
    ) -> None:
        """Begin a series.

        Args:
            plan: How its files are read.
            members: Its files, those that are gone included.
            con: The connection to work on.
            read: Opens a file's raw rows on it.
        """
        assert plan.snapshot is not None
        self.plan, self.snapshot = plan, plan.snapshot
        self.members = sorted(members, key=lambda member: member.name)
        self.warnings: list[str] = []
        self._con, self._open = con, read
        self._raws: dict[str, RawFile] = {}
        self._tables: dict[str, str] = {}
        self._scratch: list[str] = []
        self._latest: tuple[Moment, Comparison] | None = None  # kept for the files of that moment, whose turn is next

    def turns(self) -> Iterator[Turn]:
        """The files in the order in which they were taken; whoever takes a turn stages it before asking for the next.

        Raises:
            ConfigError: If a file does not tell when it was taken, or lacks the columns that are compared.
        """
        self._date()
        timeline: dict[Moment, list[Member]] = {}
        for member in self.members:
            for moment in member.moments:
                timeline.setdefault(moment, []).append(member)
        believed: list[tuple[Moment, list[Member]]] = []
        left = {member.name: len(member.moments) for member in self.members}
        held: dict[str, list[tuple[Moment, dict[str, Any], list[list[tuple[Moment, Member]]]]]] = {}
        for moment in sorted(timeline):
            parts = timeline[moment]
            chain = self._chain(believed)
            judged = self._judge(moment, parts, chain)
            if not judged["aside"]:
                believed.append((moment, parts))
            for member in parts:
                held.setdefault(member.name, []).append((moment, judged, chain))
                left[member.name] -= 1
                if left[member.name] == 0 and member.item is not None:
                    yield self._turn(member, held.pop(member.name), timeline)
            if self._latest is not None:
                forget(self._con(), self._latest[1])
                self._latest = None
            self._drop({member.name for member in parts} | {other.name for one in chain for _, other in one})
        for member in self.members:  # without any moment: an empty file, or one whose dates can't be read
            if not member.moments and member.item is not None:
                yield self._turn(member, [], timeline)
        self._drop(set())

    def staged(self) -> None:
        """A turn was staged: what only it needed is forgotten, and files are opened anew from now on."""
        self._raws.clear()
        for name in self._scratch:
            self._con().execute(f"DROP TABLE IF EXISTS {name}")
        self._scratch.clear()

    def _date(self) -> None:
        """Find out when every file was taken."""
        taken_at, problems = self.snapshot.taken_at, []
        by_time = []
        for member in self.members:
            known = [Moment(*pair) for pair in member.known.snapshot.get("moments", [])] if member.known else []
            if member.item is None:
                member.moments = known
            elif taken_at.name is not None:
                try:
                    member.moments = [from_name(self.plan, member.name)]
                except ConfigError as error:
                    problems += error.problems
            elif taken_at.column is not None:
                member.moments = known if member.is_same else moments_of(self._con(), self.plan, self._rows(member))
            else:
                by_time.append(member.name)
                # A copy of the same content keeps the time at which it was first seen.
                member.moments = known if member.is_same and known else [from_file_time(self.plan, member.mtime_ns)]
        if by_time:
            self.warnings.append(
                f"{self.plan.source}: no name or column says when {len(by_time)} snapshots were taken, so their files' "
                "own times count, which copying changes; give snapshot.taken_at"
            )
        if problems:
            raise ConfigError(problems)

    def _chain(self, believed: list[tuple[Moment, list[Member]]]) -> list[list[tuple[Moment, Member]]]:
        """What a snapshot is compared with: the one before, and on to the first that was read whole."""
        chain = []
        for moment, members in reversed(believed[-_REACH:]):
            chain.append([(moment, member) for member in members])
            if not any(self._facts(member)["unreadable"] for member in members):
                break
        return chain

    def _judge(self, moment: Moment, parts: list[Member], chain: list[list[tuple[Moment, Member]]]) -> dict[str, Any]:
        """Whether a snapshot is believed: from the sidecars, or by comparing it."""
        described = [[one[0][0].iso, [[member.name, member.fingerprint] for _, member in one]] for one in chain]
        depends = _hash([[member.base, member.name, member.fingerprint] for member in parts], moment.text, described)
        for member in parts:
            judged = (member.known.snapshot.get("judged", {}) if member.known else {}).get(moment.iso)
            if judged is not None and (judged["depends"] == depends or member.item is None):
                return dict(judged)
        if any(member.item is None for member in parts):
            return {"depends": depends, "aside": False, "before": 0, "vanished": 0}
        lost = sorted({member.name for one in chain for _, member in one if member.item is None})
        if lost:
            self.warnings.append(
                f"{self.plan.source}: {parts[0].name}: the snapshot before it, {', '.join(lost)}, is gone; what "
                "changed between them can't be told. Keep a file until the one after it was read"
            )
            return {"depends": depends, "aside": False, "before": 0, "vanished": 0, "lost": True}
        comparison = self._compare(moment, parts, chain)
        before, vanished = comparison.before, comparison.vanished
        self._latest = (moment, comparison)
        cut = any(self._facts(member)["cut"] for member in parts)
        aside = bool(chain) and ((before > 0 and vanished > self.snapshot.max_deleted * before) or cut)
        return {"depends": depends, "aside": aside, "before": before, "vanished": vanished}

    def _turn(
        self,
        member: Member,
        held: list[tuple[Moment, dict[str, Any], list[list[tuple[Moment, Member]]]]],
        timeline: dict[Moment, list[Member]],
    ) -> Turn:
        facts = {
            **{name: self._facts(member)[name] for name in ("unreadable", "cut")},
            "base": member.base,
            "moments": [[moment.iso, moment.text] for moment in member.moments],
            "judged": {moment.iso: judged for moment, judged, _ in held},
        }
        flags = self._flags(member, held)
        mapping = _hash(member.base, [[m.iso, m.text, j["depends"], j["aside"], j.get("lost")] for m, j, _ in held])
        if member.is_same and member.known is not None and member.known.mapping == mapping:
            return Turn(member, mapping, facts, flags, None)
        return Turn(member, mapping, facts, flags, lambda: self._changes(member, held, timeline))

    def _changes(
        self,
        member: Member,
        held: list[tuple[Moment, dict[str, Any], list[list[tuple[Moment, Member]]]]],
        timeline: dict[Moment, list[Member]],
    ) -> RawFile:
        snapshots, earlier, done = [], {}, []
        for moment, judged, chain in held:
            parts = timeline[moment]
            compared = [] if judged.get("lost") else chain
            whole = not any(self._facts(part)["unreadable"] for part in parts)
            first = parts[0] is member
            if self._latest is not None and self._latest[0] == moment:
                comparison = self._latest[1]
            else:
                comparison = self._compare(moment, parts, compared)
                done.append(comparison)
            snapshots.append(Judged(moment.text, comparison, judged["aside"], whole and first))
            if whole and first and comparison.vanished and not judged["aside"]:
                earlier.update({other.name: self._rows(other) for one in compared for _, other in one})
        changes = changed_rows(
            self._con(), self.plan, member.name, self._rows(member), self._table(member), snapshots, earlier
        )
        for comparison in done:
            forget(self._con(), comparison)
        self._scratch += changes.scratch
        return changes.raw

    def _compare(self, moment: Moment, parts: list[Member], chain: list[list[tuple[Moment, Member]]]) -> Comparison:
        current = [Part(member.name, self._table(member), moment.iso) for member in parts]
        before = [[Part(member.name, self._table(member), at.iso) for at, member in one] for one in chain]
        return compare(self._con(), self.snapshot, current, before)

    def _facts(self, member: Member) -> dict[str, Any]:
        """Whether a file holds rows that can't be read, or is cut short; from the sidecar or by reading it."""
        if not member.facts:
            if member.known is not None and (member.is_same or member.item is None) and member.known.snapshot:
                member.facts = member.known.snapshot
            else:
                raw = self._rows(member)
                member.facts = {"unreadable": raw.reject_count > 0, "cut": "truncated" in raw.flags}
        return member.facts

    def _rows(self, member: Member) -> RawFile:
        if member.name not in self._raws:
            assert member.item is not None
            raw = self._open(member.item)
            problems = check_columns(self.plan, raw, member.name)
            if problems:
                raise ConfigError(problems)
            self._raws[member.name] = rows_of(self._con(), self.plan, raw)
            if self._raws[member.name] is not raw:
                self._scratch.append(self._raws[member.name].relation)
        return self._raws[member.name]

    def _table(self, member: Member) -> str:
        if member.name not in self._tables:
            moment = (
                None if self.snapshot.taken_at.column is not None else member.moments[0] if member.moments else None
            )
            self._tables[member.name] = narrow_table(self._con(), self.plan, self._rows(member), moment)
        return self._tables[member.name]

    def _drop(self, kept: set[str]) -> None:
        """Forget narrow tables that the next comparison does not need."""
        for name in [name for name in self._tables if name not in kept]:
            self._con().execute(f"DROP TABLE IF EXISTS {self._tables.pop(name)}")

    def _flags(
        self, member: Member, held: list[tuple[Moment, dict[str, Any], list[list[tuple[Moment, Member]]]]]
    ) -> list[str]:
        flags = []
        if self.snapshot.taken_at.name is None and self.snapshot.taken_at.column is None:
            flags.append("dated_by_file_time")
        if self._facts(member)["unreadable"]:
            flags.append("deletions_not_told")
            self.warnings.append(
                f"{self.plan.source}: {member.name} holds unreadable rows, so rows that are missing from it are not "
                "taken as deleted"
            )
        aside = [(moment, judged) for moment, judged, _ in held if judged["aside"]]
        if aside:
            flags.append("set_aside")
        for moment, judged in aside:
            why = (
                "the file is cut short"
                if self._facts(member)["cut"]
                else f"it lacks {judged['vanished']:,} of the {judged['before']:,} rows of the one before, more than "
                f"snapshot.max_deleted ({self.snapshot.max_deleted:.0%}) allows"
            )
            self.warnings.append(
                f"{self.plan.source}: {member.name}: the snapshot of {moment.text} is set aside: {why}. Export it "
                "again; if that many rows are really gone, raise max_deleted"
            )
        return flags


def problem_of(plan: Plan, item: Input) -> list[Problem]:
    """What keeps a file from telling when it was taken, for `journey check`."""
    if plan.snapshot is None or plan.snapshot.taken_at.name is None:
        return []
    try:
        from_name(plan, item.name)
    except ConfigError as error:
        return error.problems
    return []


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
