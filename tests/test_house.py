"""The rooms of `helpers` import in one direction, and a worker process imports the standard library only."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

HELPERS = ROOT / "helpers"

# from the bottom to the top: a module imports from its own layer and from those before it
LAYERS = [
    ["workers", "machine", "words", "pages"],
    ["running", "runs", "measure", "simulate", "clusters", "advice"],
    ["drawing", "plots", "timelines", "sliders", "canvas", "steps"],
    ["panels"],
]
# next to the last three
PRACTICE = ["scripts", "exercises", "questions", "asked", "progress", "contents", "checks", "quizzes", "index"]
PRACTICE += ["handing_in", "grading"]
DRAWS = ("matplotlib", "numpy", "PIL", "ipywidgets")


def imported(path):
    """Return the modules of `helpers` that a file imports, as names of doors and rooms."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "helpers":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("helpers."))


def files_of(name):
    room = HELPERS / name
    return sorted(room.rglob("*.py")) if room.is_dir() else [HELPERS / f"{name}.py"]


@pytest.mark.parametrize("layer", range(len(LAYERS)))
def test_imports_point_one_way(layer):
    allowed = {"browser", *(name for names in LAYERS[: layer + 1] for name in names)}
    for name in LAYERS[layer]:
        for path in files_of(name):
            assert set(imported(path)) <= allowed, path


def test_practice_imports_nothing_of_runs_and_pictures():
    allowed = {"workers", "machine", "words", "pages", *PRACTICE, "running", "browser"}
    for name in PRACTICE:
        for path in files_of(name):
            draws = {"drawing"} if path == HELPERS / "scripts" / "xray.py" else set()  # only when it draws
            assert set(imported(path)) <= allowed | draws, path


def test_each_door_and_room_is_in_the_map():
    import helpers

    known = {line.split()[0] for line in helpers.__doc__.splitlines() if line.startswith("    ")}
    here = {path.stem for path in HELPERS.glob("*.py")} | {path.parent.name for path in HELPERS.glob("*/__init__.py")}
    assert known == here - {"__init__", "__pycache__"}


def modules_after(code):
    """Return the names of the modules that a new Python has imported after running the code."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    "module", ["helpers.workers", "helpers.running.inside", "helpers.running.log", "helpers.running.stepping"]
)
def test_what_a_worker_process_imports_is_of_the_standard_library(module):
    new = modules_after(f"import {module}") - modules_after("") - {"__mp_main__"}  # another name for __main__
    own = {name for name in new if name.split(".")[0] == "helpers"}
    assert {name.split(".")[0] for name in new - own} <= sys.stdlib_module_names


@pytest.mark.parametrize("door", ["checks", "quizzes", "index", "progress", "handing_in", "contents", "scripts"])
def test_practice_does_not_wait_for_pictures(door):
    drawing = DRAWS[:3] if door in ("quizzes", "index", "progress") else DRAWS
    assert not modules_after(f"import helpers.{door}") & set(drawing)


def test_every_file_of_the_house_is_in_a_room_or_a_door():
    assert {path.name for path in HELPERS.iterdir() if path.is_dir() and not path.name.startswith("__")} == {
        path.parent.name for path in HELPERS.glob("*/__init__.py")
    }
    assert Path(HELPERS, "__init__.py").read_text().count("import ") <= 2


def test_the_readme_s_examples_run(monkeypatch):
    monkeypatch.setattr("helpers.measure.MOST_ROUNDS", 1)
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(example, names)
    assert names["pool"].results == [6057] * 12 and names["measured"].sizes == [1, 2, 4]
