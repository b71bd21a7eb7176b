"""What was read and what was refused, per source: sums over `files`, and the reasons beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from journey_analytics.presentation.facts import Facts, InputFile, Rejects


@dataclass
class SourceRow:
    """One source with the sums of its files."""

    source: str
    files: list[InputFile] = field(default_factory=list)
    rejects: list[Rejects] = field(default_factory=list)
    rows: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    ignored: int = 0
    events: int = 0
    ignored_as: dict[str, int] = field(default_factory=dict)
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    silent: bool = False

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows == self.accepted + self.duplicate + self.rejected + self.ignored

    def add(self, file: InputFile) -> None:
        """Add the counts of one file."""
        self.files.append(file)
        self.rows += file.rows
        self.accepted += file.accepted
        self.duplicate += file.duplicate
        self.rejected += file.rejected
        self.ignored += file.ignored
        self.events += file.events
        for why, rows in (file.ignored_reasons or {}).items():
            self.ignored_as[why] = self.ignored_as.get(why, 0) + rows
        firsts = [at for at in (self.first_event_at, file.first_event_at) if at]
        lasts = [at for at in (self.last_event_at, file.last_event_at) if at]
        self.first_event_at, self.last_event_at = min(firsts, default=None), max(lasts, default=None)


def source_rows(facts: Facts) -> list[SourceRow]:
    """The sources in the order of their names."""
    found: dict[str, SourceRow] = {}
    for file in facts.files:
        found.setdefault(file.source, SourceRow(file.source)).add(file)
    for reject in facts.rejects:
        found.setdefault(reject.source, SourceRow(reject.source)).rejects.append(reject)
    silent = {silence.source for silence in facts.silences}
    for name, row in found.items():
        row.silent = name in silent
    return [found[name] for name in sorted(found)]
