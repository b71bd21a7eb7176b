"""Files put together into sources: same connector or same shape in one folder; their names and patterns."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from pathlib import Path

from journey_analytics.guess.model import Sample, SourceGuess, plain_name

_SUFFIXES = (".gz", ".zst", ".csv", ".tsv", ".txt", ".log", ".json", ".jsonl", ".ndjson", ".parquet")


#: A folder of a day, a month, a year or an hour.
_DATE = r"(19|20)\d{2}([-_.]?\d{2}){0,2}([-_.T]\d{2})?"


def source_name(path: Path) -> str:
    """A source's name from a file's: endings, dates and running numbers dropped."""
    stem = path.name
    while stem.lower().endswith(_SUFFIXES) and "." in stem:
        stem = stem.rpartition(".")[0]
    stem = re.sub(r"[-_.]?(19|20)\d{2}([-_.]?\d{2}){0,2}([-_T]?\d{2,6})?(?!\d)|[-_.]\d{1,8}(?=$|[-_.])", "", stem)
    plain = re.sub(r"[^a-z0-9_]", "", plain_name(stem.replace(".", "_")))[:40].strip("_")
    if not plain or plain.isdigit():
        plain = re.sub(r"[^a-z0-9_]", "", plain_name(path.parent.name.replace(".", "_")))[:40].strip("_")
    return plain if plain and not plain[0].isdigit() else f"log_{plain}".rstrip("_")


def folder_kind(folder: Path) -> tuple[str, ...]:
    """The folder's parts, with `*` for what only says which part of one export it holds.

    Those are days, months and hours (`2024-03-01`, `2024/03/01`), and values of Hive's `dt=2024-03-01`.
    """
    kind: list[str] = []
    for part in folder.parts:
        key, equals, _ = part.partition("=")
        is_date = re.fullmatch(_DATE, part) or (kind and kind[-1] == "*" and re.fullmatch(r"\d{1,2}", part))
        kind.append(f"{key}=*" if key and equals else "*" if is_date else part)
    return tuple(kind)


def shape(sample: Sample) -> tuple[object, ...]:
    """What files of one source have in common: kind of folder, name, format and, of tables, the columns."""
    columns = tuple(sample.columns) if sample.format in ("csv", "parquet") else ()
    return (
        folder_kind(sample.path.parent),
        source_name(sample.path),
        sample.format,
        sample.delimiter,
        sample.header,
        columns,
        sample.row_path,
    )


def unique_names(guesses: list[SourceGuess]) -> None:
    """Give sources of one name numbers: mail, mail_2 and so on."""
    seen: set[str] = set()
    for guess in guesses:
        name, number = guess.name, 1
        while guess.name in seen:
            number += 1
            guess.name = f"{name}_{number}"
        seen.add(guess.name)


def patterns(files: list[Path], folder: Path) -> list[str]:
    """Patterns relative to a folder that match exactly these files, and files like them that come later."""
    if (over_all := _over_folders(files, folder)) is not None:
        return [over_all]
    found: list[str] = []
    by_folder: dict[Path, list[Path]] = {}
    for file in sorted(files):
        by_folder.setdefault(file.parent, []).append(file)
    for parent, members in sorted(by_folder.items()):
        wanted = {file.name for file in members}
        try:
            names = {entry.name for entry in os.scandir(parent) if entry.is_file() and not entry.name.startswith(".")}
        except OSError:
            names = wanted
        at = os.path.relpath(parent, folder).replace(os.sep, "/")
        prefix = "" if at == "." else at + "/"
        chosen = _glob(wanted, names) if len(wanted) > 1 and not glob.has_magic(prefix) else None
        found += [prefix + chosen] if chosen else [prefix + name for name in sorted(wanted)]
    return found


def _over_folders(files: list[Path], folder: Path) -> str | None:
    """One pattern for files in several folders of one kind, if it takes no other file."""
    kinds = {folder_kind(file.parent) for file in files}
    names = {file.name for file in files}
    if len(kinds) > 1 or len({file.parent for file in files}) < 2:
        return None
    name = next(iter(names)) if len(names) == 1 else _glob(names, names)
    if name is None or (len(names) == 1 and glob.has_magic(name)):
        return None
    first, parts = files[0].parent.parts, kinds.pop()
    start = next(n for n, (a, b) in enumerate(zip(first, parts, strict=True)) if a != b)
    at = os.path.relpath(Path(*first[:start]), folder).replace(os.sep, "/")
    below = "/".join(part if "*" in part else glob.escape(part) for part in parts[start:])
    if glob.has_magic(at):
        return None
    found = {Path(path) for path in glob.glob(f"{below}/{name}", root_dir=Path(*first[:start]))}
    if {Path(*first[:start]) / path for path in found} != set(files):
        return None
    return f"{below}/{name}" if at == "." else f"{at}/{below}/{name}"


def name_patterns(chosen: list[Path], all_files: list[Path]) -> list[str]:
    """Patterns over file names, without folders, that take the chosen files and no other of a source's."""
    wanted = {file.name for file in chosen}
    pattern = _glob(wanted, {file.name for file in all_files}) if len(wanted) > 1 else None
    return [pattern] if pattern else [glob.escape(name) for name in sorted(wanted)]


def _glob(wanted: set[str], names: set[str]) -> str | None:
    """One pattern over names that takes all wanted ones and no other."""
    endings = {name[name.find(".", 1) :] if "." in name[1:] else "" for name in wanted}
    low, high = min(wanted), max(wanted)
    same = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    start = low[:same]
    start = re.sub(r"\d+$", "", start)
    end = endings.pop() if len(endings) == 1 else ""
    for candidate in (f"*{end}" if end else None, f"{start}*{end}" if start else None, "*"):
        if candidate is None or glob.has_magic(start) or glob.has_magic(end):
            continue
        if {name for name in names if fnmatch.fnmatchcase(name, candidate)} == wanted:
            return candidate
    return None
