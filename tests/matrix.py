"""Run every notebook on each Python from 3.11 to 3.15 that is found, under each start method.

It prints a table, and stores each outcome in tests/benchmarks/matrix.csv. A lane that is not run keeps its last one.
"""

import argparse
import ast
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import course
from lanes import Lane, Tried, try_notebook

from helpers.machine import usable_cores
from helpers.words import markdown_table

ROOT = Path(__file__).parent.parent
STORED = ROOT / "tests" / "benchmarks" / "matrix.csv"
NAMES = [f"3.{minor}{build}" for minor in range(11, 16) for build in ("", "t")]  # t: free-threaded
PLACES = [".pyenv/versions/*/bin", ".local/share/uv/python/*/bin"]  # in the home folder
ABOUT = """\
import json, multiprocessing, platform, sys, sysconfig
build = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(json.dumps({
    "name": f"{sys.version_info.major}.{sys.version_info.minor}{build}",
    "version": platform.python_version() + build,
    "path": getattr(sys, "_base_executable", sys.executable),  # not that of an environment
    "start_methods": multiprocessing.get_all_start_methods(),
}))
"""
LEFT = {  # kind → how its names begin in what a kernel reports
    "shared memory left": "psm_",
    "semaphores left": "sem.",
    "listened beyond loopback": "listened at",
    "processes left": "",
}
COLUMNS = ["notebook", "python", "start method", "seconds", "verdict", *LEFT, "version", "date"]


# --- The Pythons ---


def found(wanted):
    """Return the Pythons to run, as {name: (path, start methods, version)}.

    wanted  their paths; empty for all that PATH has, or pyenv, or uv, by their names (python3.11, python3.13t)

    Raises ValueError if a path that was given is not that of a Python of NAMES.
    """
    pythons = {}
    for path in wanted or candidates():
        ran = subprocess.run([path, "-c", ABOUT], capture_output=True, text=True)
        said = json.loads(ran.stdout or "{}")  # pyenv's command for a Python that isn't in use says nothing
        if said.get("name") in NAMES:
            pythons.setdefault(said["name"], (said["path"], said["start_methods"], said["version"]))
        elif wanted:
            raise ValueError(f"{path} is not a Python from {NAMES[0]} on.")
    return pythons


def candidates():
    """Yield the paths of commands that may be such Pythons."""
    folders = [
        *os.environ["PATH"].split(os.pathsep),
        *(str(path) for place in PLACES for path in Path.home().glob(place)),
    ]
    for name in NAMES:
        for folder in folders:
            if path := shutil.which(f"python{name}", path=folder):
                yield path


def with_packages(name, path):
    """Set up an environment of the course for this Python, and return the path of its interpreter.

    Raises RuntimeError with what was said if that fails, as where a package does not yet exist for this Python.
    """
    folder = f".venv-{name}"
    made = subprocess.run(
        ["make", f"{folder}/ready", f"COURSE_ENV={folder}", f"PYTHON={path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
    )
    if made.returncode:
        raise RuntimeError(f"{made.stdout}{made.stderr}")
    return next(str(ROOT / folder / to) for to in ("bin/python", "Scripts/python.exe") if (ROOT / folder / to).exists())


# --- The runs ---


def row(path, name, version, lane):
    """Run a notebook in a lane, and return a row of the table. Like the tests, it gives a notebook a second try."""
    tried = attempt(path, lane)
    verdict = "passed"
    if tried.failed and not tried.left:
        tried, verdict = attempt(path, lane), "passed at the second try"
    if tried.failed or tried.left:
        verdict = "failed" if tried.failed else "left something"
        print(f"\n{path.stem}, {name}, {lane.start_method}: {verdict}", tried.failed, *tried.left, sep="\n", flush=True)
    outcome = [round(tried.seconds), verdict, *counts(tried.left)]
    return dict(zip(COLUMNS, [path.stem, name, lane.start_method, *outcome, version, date.today().isoformat()]))


def attempt(path, lane):
    """Run a notebook once, and return a `Tried`; also if its kernel did not start."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return try_notebook(path, lane, Path(folder) / "run")
        except AssertionError as error:
            return Tried(str(error), [], 0)


def counts(left):
    """Return how many names of each kind of LEFT stand in the lines that a kernel reported."""
    names = {name for line in left for name in ast.literal_eval(line.partition("] after ")[0] + "]")}
    kinds = Counter(next(kind for kind, begin in LEFT.items() if name.startswith(begin)) for name in names)
    return [kinds[kind] for kind in LEFT]


def merged(old, new):
    """Return the rows of both in order. What was run again replaces what was stored."""
    rows = {(row["notebook"], row["python"], row["start method"]): row for row in [*old, *new]}
    return [rows[key] for key in sorted(rows, key=lambda key: (key[0], NAMES.index(key[1]), key[2]))]


def stored():
    """Return the rows of the runs before."""
    if not STORED.exists():
        return []
    with STORED.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def store(rows):
    """Keep the rows in the table."""
    STORED.parent.mkdir(exist_ok=True)
    with STORED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(rows):
    """Return rows as a Markdown table: notebooks by lanes, each with its seconds or what went wrong."""
    lanes = sorted({row_lane(row) for row in rows}, key=lambda lane: (NAMES.index(lane[0]), lane[1]))
    by_place = {(row["notebook"], row_lane(row)): row for row in rows}
    notebooks = sorted({row["notebook"] for row in rows})
    body = [[notebook, *(told(by_place.get((notebook, lane))) for lane in lanes)] for notebook in notebooks]
    return markdown_table(["notebook", *map(" ".join, lanes)], body)


def row_lane(row):
    """Return in which lane a row's notebook ran, as (Python, start method)."""
    return row["python"], row["start method"]


def told(row):
    """Return what a row says, in a few characters."""
    if row is None:
        return ""
    return f"{row['seconds']} s" if row["verdict"].startswith("passed") else f"**{row['verdict']}**"


# --- The command ---


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="make matrix",
        usage='make matrix ARGS="[--python PATH ...] [--start-method NAME ...] [NOTEBOOK ...]"',
        description=__doc__,
    )
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK", help="how a notebook's name begins, such as 07")
    parser.add_argument("--python", action="append", metavar="PATH", help="run this one instead of all that are found")
    parser.add_argument("--start-method", action="append", metavar="NAME", help="run this one instead of all")
    wanted = parser.parse_args(arguments)
    try:
        chosen, pythons = course.named(wanted.names), found(wanted.python)
    except ValueError as error:
        parser.error(str(error))
    if not wanted.python:
        print(f"Not found: {', '.join(name for name in NAMES if name not in pythons)}.", flush=True)
    new, missing = [], False
    for name, (path, start_methods, version) in pythons.items():
        try:
            python = with_packages(name, path)
        except RuntimeError as error:
            print(f"{name} could not be set up.\n{error}", flush=True)
            missing = True
            continue
        methods = [method for method in start_methods if method in (wanted.start_method or start_methods)]
        runs = [(path, name, version, Lane(python, method)) for method in methods for path in chosen]
        with ThreadPoolExecutor(usable_cores()) as executor:
            new += executor.map(lambda arguments: row(*arguments), runs)
        store(merged(stored(), new))
    print(table(new))
    bad = sum(not row["verdict"].startswith("passed") for row in new)
    print(f"\n{len(new) - bad} passed, {bad} failed")
    if bad or missing or not new:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
