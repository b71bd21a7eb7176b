"""Which files and databases a source reads: patterns resolved, names made relative, contents fingerprinted."""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from journey_analytics.config.model import Source
from journey_analytics.errors import Problem
from journey_analytics.ingest.patterns import matching

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Input:
    """One thing to read.

    Attributes:
        path: The file, or the database file.
        name: As tables show it: relative to journey.yaml where possible; `database:query` for a database.
        base: What a stream's globs are compared with: the file's name, or the table's with `.table` behind it.
        query: SELECT to run in the database; None: a file.
    """

    path: Path
    name: str
    base: str
    query: str | None = None


def find_inputs(source: Source, folder: Path, config_file: str) -> tuple[list[Input], list[str], list[Problem]]:
    """The inputs of a source.

    Args:
        source: The source.
        folder: The folder of journey.yaml.
        config_file: Its name, for problems.

    Returns:
        The inputs in order of name, each real file once however many paths lead to it; the patterns that match nothing;
        and what is wrong.
    """
    if source.database is not None:
        return _database(source, folder, config_file)
    found: dict[str, Input] = {}  # by the real file's path
    silent: list[str] = []
    problems: list[Problem] = []
    for pattern in source.files:
        whole = folder / pattern
        is_glob = glob.has_magic(pattern) and not os.path.exists(whole)  # False also where we may not look
        paths = matching(whole) if is_glob else [whole]
        paths = [path for path in paths if os.path.lexists(path)]
        files = [path for path in paths if not path.is_dir()]
        if paths and not files:
            problems.append(
                Problem(
                    f"{pattern!r} is a folder",
                    config_file,
                    key=f"sources.{source.name}.files",
                    remedy=f"Name the files in it, as in {pattern.rstrip('/')}/*.csv.",
                )
            )
        elif not files and (closed := _closed_folder(whole)) is not None:
            remedy = "Give the user that runs journey permission to list it."
            problems.append(
                Problem(f"no permission: {closed}", config_file, key=f"sources.{source.name}.files", remedy=remedy)
            )
        elif not files:
            silent.append(pattern)
        for path in files:
            name = _relative(path, folder)
            real = os.path.realpath(path)
            item = Input(path, name, path.name)
            found[real] = min(found.get(real, item), item, key=lambda each: _farness(each, folder, real))
    return sorted(found.values(), key=lambda item: item.name), silent, problems


def _farness(item: Input, folder: Path, real: str) -> tuple[int, bool, int, str]:
    """Orders the paths to one real file: fewest folders first, then its own path before a link's, then the shortest."""
    return item.name.count("/"), os.path.join(os.path.realpath(folder), item.name) != real, len(item.name), item.name


def fingerprint(item: Input) -> str:
    """SHA-256 of an input's content; of a database, of its file and the query.

    Raises:
        OSError: If the file can't be read.
    """
    digest = hashlib.sha256()
    with item.path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    if item.query is not None:
        digest.update(b"\0" + item.query.encode())
    return digest.hexdigest()


def _database(source: Source, folder: Path, config_file: str) -> tuple[list[Input], list[str], list[Problem]]:
    path = folder / str(source.database)
    if not path.is_file():
        problem = Problem(
            f"the database {source.database!r} does not exist",
            config_file,
            key=f"sources.{source.name}.database",
            remedy=f"Check the path; it is relative to {folder}.",
        )
        return [], [], [problem]
    query = source.query
    if query is None:
        parts = str(source.table).split(".")
        query = "SELECT * FROM " + ".".join('"' + part.replace('"', '""') + '"' for part in parts)
    base = f"{str(source.table or source.name).split('.')[-1]}.table"
    return [Input(path, f"{_relative(path, folder)}:{source.query or source.table}", base, query)], [], []


def _closed_folder(pattern: Path) -> Path | None:
    """The folder that a pattern starts in, if it may not be listed: a glob would only find nothing there."""
    folder = pattern.parent
    while glob.has_magic(str(folder)):
        folder = folder.parent
    try:
        os.scandir(folder).close()
    except PermissionError:
        return folder
    except OSError:
        return None
    return None


def _relative(path: Path, folder: Path) -> str:
    """The name that tables show: relative to the folder if the file is inside it, '/' separated."""
    whole, root = os.path.abspath(path), os.path.abspath(folder)
    inside = (
        os.path.commonpath([whole, root]) == root
        if os.path.splitdrive(whole)[0] == os.path.splitdrive(root)[0]
        else False
    )
    return Path(os.path.relpath(whole, root) if inside else whole).as_posix()
