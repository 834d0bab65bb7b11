"""The line between the layers: imports point down, and some libraries have one door."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "hecha"

FOUNDATIONS = {"points", "problems", "words", "digests", "tables", "folders"}
PLAN = {"plan"}
STAGES = {"case", "scoring", "field", "approvals", "versions", "analysis"}
LAYERS = [FOUNDATIONS, PLAN, STAGES]

ONE_DOOR = {"papermill": {"batch"}, "yaml": {"plan/strict_yaml.py"},
            "duckdb": {"tables/engine.py"}, "hashlib": {"digests.py"},
            "matplotlib": {"report/charts.py", "batch/shell.py", "batch/warm.py"},
            "sqlglot": {"plan/expressions.py"}, "python_calamine": {"tables/files.py"}, "fsspec": {"batch/away.py"}}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names if node.module == "hecha")


def room_of(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def layer_of(room):
    return next((n for n, rooms in enumerate(LAYERS) if room in rooms), len(LAYERS))


def ours(path):
    return {name.split(".")[1] for name in imports(path)
            if name.startswith("hecha.") and len(name.split(".")) > 1}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down_only(path):
    own = layer_of(room_of(path))
    above = {room for room in ours(path) if layer_of(room) > own} - {"__version__"}
    assert not above, f"{room_of(path)} may not know {above}"


def test_stages_that_read_do_not_know_the_telling():
    for path in [*ROOT.glob("case/*.py"), *ROOT.glob("field/*.py")]:
        assert not ours(path) & {"scoring"}, path


def test_scores_do_not_know_what_is_thought_of_them():
    """The analysis reads results; nothing it computes can come back into a score."""
    for path in [p for room in ("case", "field", "scoring") for p in ROOT.glob(f"{room}/*.py")]:
        assert "analysis" not in ours(path), path
    for path in ROOT.glob("analysis/*.py"):
        assert not ours(path) & {"field", "case"}, path


@pytest.mark.parametrize(("library", "doors"), ONE_DOOR.items())
def test_each_engine_has_one_door(library, doors):
    found = {p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*.py")
             if any(name.split(".")[0] == library for name in imports(p))}
    outside = {f for f in found if f not in doors and f.split("/")[0] not in doors}
    assert not outside


def test_code_has_no_policy_number():
    """No weight, band or point value of the plan stands in the code that scores."""
    forbidden = {"0.6", "0.4", "0.7", "0.3", "90", "80", "60", "10620", "14160"}
    for path in [*ROOT.glob("scoring/*.py"), *ROOT.glob("plan/*.py")]:
        constants = {str(node.value) for node in ast.walk(ast.parse(path.read_text("utf-8")))
                     if isinstance(node, ast.Constant) and isinstance(node.value, int | float)}
        assert not constants & forbidden, (path.name, constants & forbidden)
