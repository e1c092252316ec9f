"""The matrix finds Pythons, keeps what it has run, and says what was left behind."""

import os
import shutil
import sys

import matrix
import pytest
from lanes import Lane, Tried


def row(notebook, python, start_method, **others):
    return {"notebook": notebook, "python": python, "start method": start_method, "verdict": "passed", **others}


def test_a_python_is_found_by_its_path_and_by_its_name(tmp_path, monkeypatch):
    name = f"3.{sys.version_info.minor}"
    found = matrix.found([sys.executable])
    assert list(found) == [name] and found[name][0] == sys._base_executable and "spawn" in found[name][1]
    (tmp_path / f"python{name}").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(matrix, "PLACES", [])
    assert list(matrix.found([])) == [name]
    with pytest.raises(ValueError, match="true is not a Python from 3.11 on"):
        matrix.found([shutil.which("true", path=os.defpath)])


def test_what_is_left_is_counted_by_its_kind():
    left = [
        "['psm_1', 'python -c x'] after 'a'",
        "['psm_1', 'sem.mp-1', 'sem.mp-2', 'listened at :::8787'] after '[] after '",
    ]
    assert matrix.counts(left) == [1, 2, 1, 1]


def test_a_lane_that_ran_again_replaces_its_row_and_the_others_stay():
    old = [row("01", "3.11", "fork", seconds=1), row("01", "3.14", "fork", seconds=2)]
    new = [row("01", "3.14", "fork", seconds=3), row("00", "3.13t", "spawn", seconds=4)]
    assert [kept["seconds"] for kept in matrix.merged(old, new)] == [4, 1, 3]


def test_the_table_shows_seconds_or_what_went_wrong():
    rows = [row("01", "3.11", "fork", seconds=7), row("02", "3.14", "spawn", seconds=8, verdict="failed")]
    assert matrix.table(rows).splitlines()[2:] == ["| 01 | 7 s |  |", "| 02 |  | **failed** |"]


@pytest.mark.parametrize(
    ("tries", "verdict"),
    [
        ([Tried("", [], 1)], "passed"),
        ([Tried("differs", [], 1), Tried("", [], 1)], "passed at the second try"),
        ([Tried("differs", [], 1), Tried("differs", [], 1)], "failed"),
        ([Tried("", ["['psm_1'] after 'a'"], 1)], "left something"),
        ([Tried("differs", ["['psm_1'] after 'a'"], 1)], "failed"),
    ],
)
def test_a_notebook_has_a_second_try_unless_it_left_something(tries, verdict, monkeypatch, tmp_path):
    left = iter(tries)
    monkeypatch.setattr(matrix, "attempt", lambda path, lane: next(left))
    assert matrix.row(tmp_path / "01-x.ipynb", "3.11", "3.11.2", Lane("python", "fork"))["verdict"] == verdict
    assert next(left, None) is None
