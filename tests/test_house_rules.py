"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = sorted((ROOT / "journey_analytics").rglob("*.py"))
PYTHON = [*LIBRARY, *sorted((ROOT / "pipelines").rglob("*.py")), *sorted((ROOT / "benchmarks").glob("*.py"))]
MODELS = sorted((ROOT / "sql").rglob("*.sql"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def calls(file: Path, module: str, function: str) -> list[int]:
    """Lines that call `module.function(…)`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == function
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == module
    ]


def test_the_library_never_imports_what_stands_above_it() -> None:
    assert {str(file): names for file in LIBRARY if (names := imported(file) & {"dagster", "pipelines"})} == {}


def test_the_whole_library_is_imported_without_dagster() -> None:
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in LIBRARY if file.stem != "__main__"]
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "sys.exit(str([name for name in sys.modules if name.partition('.')[0] in ('dagster', 'pipelines')] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) in ((0, ""), (1, "")), done.stderr


def test_only_the_engine_opens_duckdb() -> None:
    allowed = ROOT / "journey_analytics" / "engine" / "duck.py"
    found = {str(file): lines for file in PYTHON if file != allowed and (lines := calls(file, "duckdb", "connect"))}
    assert found == {}


def test_every_package_that_is_imported_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0].lower() for line in project["dependencies"]}
    ours = {"journey_analytics", "pipelines", "__future__"}
    names = set().union(*(imported(file) for file in PYTHON if "benchmarks" not in file.parts)) - ours
    foreign = {_DISTRIBUTIONS.get(name, name) for name in names - sys.stdlib_module_names}
    assert foreign - required == set()


#: Packages whose distribution has another name.
_DISTRIBUTIONS = {
    "crawleruseragents": "crawler-user-agents",
    "ua_parser": "ua-parser",
    "ua_parser_rs": "ua-parser-rs",
    "yaml": "pyyaml",
}


def test_no_pandas() -> None:
    assert [str(file) for file in PYTHON if "pandas" in imported(file)] == []


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{file} has no docstring"


def test_there_are_models() -> None:
    assert MODELS


@pytest.mark.parametrize("file", MODELS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_model_begins_with_a_comment(file: Path) -> None:
    assert re.match(r"\s*(--\s*\S|/\*)", file.read_text(encoding="utf-8")), f"{file} has no header comment"


#: What ARCHITECTURE.md names that no checkout holds: what a run or a user makes, and the form of a name.
NOT_IN_THE_CHECKOUT = {"staged/", "run.lock", "journey.yaml", "name.variant.sql"}


def test_architecture_names_only_what_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w.\-]+/[\w./\-]*|[\w.\-]+\.(?:md|toml|yaml|lock|py|sql))`", text)
    missing = [name for name in named if not (ROOT / name).exists() and not _anywhere(name)]
    missing = [name for name in missing if name not in NOT_IN_THE_CHECKOUT]
    assert named
    assert missing == []


def _anywhere(name: str) -> bool:
    """Whether a bare file name stands somewhere in the sources; a path must be from the root or the library."""
    folders = [ROOT / "journey_analytics", ROOT / "pipelines", ROOT / "sql", ROOT / "tests", ROOT / "docs"]
    if "/" in name:
        return any((folder / name).exists() for folder in folders)
    return any(next(folder.rglob(name), None) is not None for folder in folders) or name in _MADE_BY_RUNS


#: Files that ARCHITECTURE.md names and only runs or users make.
_MADE_BY_RUNS = {"journey.yaml"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_are_hashed_and_name_no_place(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
    assert pins
    assert [line for line in lines if re.search(r"://|index-url|find-links|trusted-host|^-e|^/|@ file", line)] == []
    assert [pin for pin in pins if not pin.rstrip().endswith("\\")] == [], "a pin without hashes"


def test_what_runs_is_pinned_alike_in_both_locks() -> None:
    run, dev = (
        set(re.findall(r"^([\w.\-]+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run - dev == set()


@pytest.mark.slow
def test_the_wheel_carries_models_connectors_and_pipelines(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = [
        file for file in (ROOT / "journey_analytics").rglob("*") if file.is_file() and "__pycache__" not in file.parts
    ]
    expected = {str(file.relative_to(ROOT).as_posix()) for file in sources}
    expected |= {"journey_analytics/" + file.relative_to(ROOT).as_posix() for file in MODELS}
    expected |= {file.relative_to(ROOT).as_posix() for file in (ROOT / "pipelines").glob("*.py")}
    assert expected - names == set()
    assert not [name for name in names if name.startswith(("tests/", "data/"))]
