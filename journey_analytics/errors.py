"""What goes wrong, said once: every error a user can cause is a `JourneyError` with its remedy.

The command line prints a `JourneyError` and exits with its `exit_code`; anything else is our bug
and keeps its traceback. Nothing here decides *when* something is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it.

    Attributes:
        message: What is wrong, with the value found.
        file: The file that says so, as the user wrote it.
        line: 1-based line in that file.
        key: Dotted configuration key or column.
        remedy: What to do next, as an imperative sentence.
    """

    message: str
    file: str | None = None
    line: int | None = None
    key: str | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        head = ": ".join(part for part in (where, self.key, self.message) if part)
        return f"{head}\n  → {self.remedy}" if self.remedy else head


class JourneyError(Exception):
    """The run failed for a reason the user can act on (exit code 1)."""

    exit_code = 1

    def __init__(self, problems: Problem | Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: list[Problem] = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(JourneyError):
    """Wrong usage or configuration (exit code 2)."""

    exit_code = 2


class CheckFailed(JourneyError):
    """A check marked `error` failed; nothing was published (exit code 3)."""

    exit_code = 3
