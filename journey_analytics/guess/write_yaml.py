"""The text of journey.yaml: every guess with its evidence, every doubt marked `# check:`, every value quoted safely."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from journey_analytics.guess.model import LeftOut, SourceGuess

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_\-./]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}


def quoted(value: Any) -> str:
    """A value as YAML on one line; a text is quoted unless it is a plain word."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {quoted(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(quoted, value)) + "]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    written = json.dumps(text)  # ASCII, and every escape of JSON is one of YAML's double-quoted texts
    # Halves of surrogate pairs are joined again: YAML reads \UXXXXXXXX for what JSON writes as two.
    return re.sub(
        r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})",
        lambda m: f"\\U{0x10000 + ((int(m[1], 16) - 0xD800) << 10) + int(m[2], 16) - 0xDC00:08x}",
        written,
    )


def comment(text: str) -> str:
    """A text fit for a comment: one line, nothing a terminal or YAML obeys."""
    clean = "".join(letter if letter.isprintable() else "\ufffd" for letter in text.replace("\n", " "))
    return clean.encode("utf-8", "replace").decode("utf-8")[:300]


def config_text(sources: list[tuple[SourceGuess, list[str]]], left_out: list[LeftOut], folder: Path) -> str:
    """journey.yaml.

    Args:
        sources: Each source and its file patterns, relative to the folder.
        left_out: Files that are no sources.
        folder: The folder of journey.yaml.
    """
    lines = [
        "# Written by `journey init` from what the files hold. Look at every line marked `# check:`, then:",
        "#   journey check    shows the first rows as events",
        "#   journey run      reads everything and publishes the warehouse and the report",
        "",
        "warehouse: warehouse",
        "timezone: UTC                 # check: the zone that days in reports are counted in",
        "sources:",
    ]
    for guess, patterns in sources:
        lines += [f"  # {comment(guess.what)}", f"  - name: {quoted(guess.name)}"]
        files = quoted(patterns[0]) if len(patterns) == 1 else None
        lines += [f"    files: {files}"] if files else ["    files:", *(f"      - {quoted(item)}" for item in patterns)]
        for key, value in guess.keys.items():
            lines += _key(guess, key, value)
    if left_out:
        lines += ["", "# Left out:"]
        lines += [f"#   {comment(str(item.file))}: {comment(item.reason)}" for item in left_out]
    lines += [
        "",
        "# check: lifecycle, advocacy, loyalty_advocacy, b2b_purchase, retail, or a list of your own stages",
        "stages: {model: lifecycle}",
        "",
    ]
    return "\n".join(lines)


def _key(guess: SourceGuess, key: str, value: Any) -> list[str]:
    note = _note(guess, key)
    if isinstance(value, dict):
        lines = [f"    {key}:{note}"]
        width = max(len(f"{quoted(name)}: {quoted(item)}") for name, item in value.items())
        for name, item in value.items():
            said = _note(guess, f"{key}.{name}")
            text = f"{quoted(name)}: {quoted(item)}"
            lines.append(f"      {text.ljust(min(width, 60))}{said}" if said else f"      {text}")
        return lines
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [f"    {key}:{note}", *(f"      - {quoted(item)}" for item in value)]
    return [f"    {key}: {quoted(value)}{note}"]


def _note(guess: SourceGuess, key: str) -> str:
    said = guess.remarks.get(key)
    doubt = guess.checks.get(key)
    text = f"check: {doubt}" + (f" ({said})" if said and said not in doubt else "") if doubt else said or ""
    return f"   # {comment(text)}" if text else ""
