"""Files put together into sources: same connector or same shape in one folder; their names and patterns."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from pathlib import Path

from journey_analytics.guess.model import Sample, SourceGuess, plain_name

_SUFFIXES = (".gz", ".zst", ".csv", ".tsv", ".txt", ".log", ".json", ".jsonl", ".ndjson", ".parquet")


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


def shape(sample: Sample) -> tuple[object, ...]:
    """What files of one source have in common: folder, name, format and, of tables, the columns."""
    columns = tuple(sample.columns) if sample.format in ("csv", "parquet") else ()
    return (
        sample.path.parent, source_name(sample.path), sample.format, sample.delimiter, sample.header, columns,
        sample.row_path,
    )  # fmt: skip


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
