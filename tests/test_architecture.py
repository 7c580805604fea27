"""The rules of the house that a linter does not know, each with its story."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from dashboard.version import VERSION

ROOT = Path(__file__).parent.parent
OURS = ("collectors", "dashboard", "evidence", "pages", "rehearsal")
FILES = sorted(file for package in OURS for file in (ROOT / package).rglob("*.py"))
DATES = {"now", "utcnow", "today", "time", "time_ns"}
_NEVER_AT_IMPORT = ("__main__", "TYPE_CHECKING")
TICKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"}


def test_importing_a_module_opens_nothing_and_starts_nothing() -> None:
    """An import that connects makes every test, page reload and command depend on the network."""
    modules = "\n".join(_module(file) for file in FILES)

    told = subprocess.run(
        [sys.executable, "-B", "-m", "tests.importing"],
        input=modules,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={},
        timeout=300,
        check=False,
    )

    assert ("", 0) == (told.stdout, told.returncode), told.stderr


def test_no_module_needs_itself() -> None:
    """Of modules that import each other in a circle, the first finds the others half made."""
    modules = {_module(file): file for file in FILES}
    needed = {
        name: _imported(ast.parse(file.read_text())) & (modules.keys() - {name})
        for name, file in modules.items()
    }

    assert len(modules) == len([*TopologicalSorter(needed).static_order()])


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_importing_a_module_reads_no_environment(file: Path) -> None:
    """A setting that is read at import cannot be changed by a test, nor masked by a command."""
    read = [ast.unparse(node) for node in _at_import(ast.parse(file.read_text())) if _reads_environment(node)]

    assert [] == read


def test_no_name_in_the_dashboard_hides_another_package() -> None:
    """Streamlit puts the entry script's folder first on the path: a file there named `stripe` is `stripe`."""
    taken = set(sys.stdlib_module_names) | set(importlib.metadata.packages_distributions()) | set(OURS)

    assert not {file.stem for file in (ROOT / "dashboard").iterdir()} & taken


def test_no_page_is_named_like_a_library() -> None:
    """The folder of pages is on no path, but whoever runs a page by hand puts it there."""
    taken = set(sys.stdlib_module_names) | set(importlib.metadata.packages_distributions()) - set(OURS)

    assert not {file.stem for file in (ROOT / "pages").glob("*.py")} & (taken - {"__init__"})


@pytest.mark.parametrize(
    ("package", "clocks"), [("dashboard/launch", DATES | TICKS), ("dashboard/store", DATES)]
)
def test_judging_and_storing_read_no_clock(package: str, clocks: set[str]) -> None:
    """A verdict that reads a clock cannot be replayed; a store may wait, but dates nothing."""
    read = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and _name(node.func) in clocks and _owner(node.func) in _OWNERS
    ]

    assert [] == read


def test_one_module_of_the_dashboard_asks_the_host_what_time_it_is() -> None:
    """A second reader jumps when the host's clock is set, and then two screens disagree about the hour."""
    read = {
        str(file.relative_to(ROOT))
        for package in ("dashboard", "pages", "collectors", "evidence")
        for file in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in DATES and _owner(node) in _OWNERS
    }

    assert {"dashboard/steady.py", "collectors/asking.py"} == read  # an asker's own clock is what it is given


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_of_a_viewer_is_kept_in_a_cache_of_the_screen(file: Path) -> None:
    """Streamlit's caches pickle what they keep, and show one viewer what another one was told."""
    used = [node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)]

    assert not {"cache_data", "cache_resource"} & set(used)


def test_no_pages_folder_is_beside_the_entry_script() -> None:
    """Such a folder switches Streamlit's legacy pages on, which run without the entry script's sign-in."""
    assert (ROOT / "dashboard" / "main.py").exists()
    assert not (ROOT / "dashboard" / "pages").exists()


@pytest.mark.parametrize("page", sorted((ROOT / "pages").glob("[a-z]*.py")), ids=lambda page: page.stem)
def test_every_page_asks_for_the_role_first(page: Path) -> None:
    """The menu hides a page; only the guard refuses it."""
    tree = ast.parse(page.read_text())
    main = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main")
    first = next(node for node in main.body if not _is_docstring(node))
    asked = first.value if isinstance(first, ast.Expr | ast.Assign) else None
    while isinstance(asked, ast.Call) and _name(asked.func) != "require":
        asked = asked.args[0] if asked.args else None  # page(require(...)) asks before it draws, too

    assert isinstance(asked, ast.Call)
    assert ["Action"] == [_owner(argument) for argument in asked.args]
    assert [main] == [node for node in tree.body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_default_argument_is_computed(file: Path) -> None:
    """`def at(now=datetime.now())` is the moment of the import, for ever."""
    computed = [
        f"{node.name} in line {node.lineno}"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for default in (*node.args.defaults, *node.args.kw_defaults)
        if default is not None and any(isinstance(part, ast.Call) for part in ast.walk(default))
    ]

    assert [] == computed


def test_the_version_is_the_one_of_the_package() -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert written == VERSION


def test_every_package_imports_only_what_it_may() -> None:
    """The table of the design, as contracts in pyproject.toml."""
    linter = Path(sys.executable).with_name("lint-imports")

    told = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert 0 == told.returncode, told.stdout


_OWNERS = {"datetime", "date", "time", "dt"}


def _module(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module) -> set[str]:
    """What is imported when the module is; names that may be modules, and those that are."""
    found: set[str] = set()
    for node in _at_import(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{each.name}" for each in node.names)}
    return found


def _at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: all but the bodies of functions."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and any(name in ast.dump(node.test) for name in _NEVER_AT_IMPORT):
            continue
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        waiting += ast.iter_child_nodes(node)


def _reads_environment(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in {"environ", "getenv"}
    return isinstance(node, ast.ImportFrom) and node.module == "os" and "environ" in ast.dump(node)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _owner(node: ast.AST) -> str:
    return _name(node.value) if isinstance(node, ast.Attribute) else _name(node)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
