"""The rooms of `helpers` import in one direction, and a worker process imports the standard library only."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import course
import pytest
from conftest import ROOT
from course import every_notebook

import helpers

HELPERS = ROOT / "helpers"

# from the bottom to the top: a module imports from its own layer and from those before it
LAYERS = [
    ["inputs"],
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
    allowed = {"inputs", "workers", "machine", "words", "pages", *PRACTICE, "running", "browser"}
    for name in PRACTICE:
        for path in files_of(name):
            draws = {"drawing"} if path == HELPERS / "scripts" / "xray.py" else set()  # only when it draws
            assert set(imported(path)) <= allowed | draws, path


# a door or a room, what it is for and, below a door, the names that it offers
IN_THE_MAP = re.compile(r"^    (\w+) .+(?:\n {15}(.+))?", re.MULTILINE)


def test_each_door_and_room_is_in_the_map():
    known = {name for name, _ in IN_THE_MAP.findall(helpers.__doc__)}
    here = {path.stem for path in HELPERS.glob("*.py")} | {path.parent.name for path in HELPERS.glob("*/__init__.py")}
    assert known == here - {"__init__", "__pycache__"}


OFFERED = [
    (door, name)
    for door, names in IN_THE_MAP.findall(helpers.__doc__)
    for name in names.split(", ")
    if names and " " not in names.replace(", ", "")  # else they are described, not listed
]


@pytest.mark.parametrize(("door", "name"), OFFERED)
def test_the_map_names_what_a_door_offers(door, name):
    assert hasattr(importlib.import_module(f"helpers.{door}"), name)


@every_notebook
def test_what_a_notebook_imports_is_in_the_map(path):
    for cell in course.cells(path, "code"):
        for door, names in re.findall(r"^from helpers\.(\w+) import (.+)$", cell.source, re.MULTILINE):
            if door != "workers":  # it offers all that it has
                assert {(door, name) for name in names.split(", ")} <= set(OFFERED)


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
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for example in examples:
        exec(example.replace("* 80", "* 8"), names)  # fewer tasks, since nobody looks at their times here
    assert names["pool"].results == [6057] * 12 and names["measured"].sizes == [1, 2, 4]
    assert isinstance(names["panel"], names["Panel"])
