"""Where the SQL models are, for whoever needs the text of one."""

from __future__ import annotations

from pathlib import Path


def sql_folder() -> Path:
    """The folder of the models: inside the installed package, else at the root of the checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "sql"
    return inside if inside.is_dir() else package.parent / "sql"


def sql_text(path: str) -> str:
    """One SELECT, by its path in that folder."""
    return (sql_folder() / path).read_text(encoding="utf-8").rstrip().rstrip(";")
