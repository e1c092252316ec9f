"""Each exercise says "not yet" to the script as given, and "right" to the solution that its notebook shows."""

import course
import pytest

from helpers.checks import EXERCISES, check, verdict

IN_NOTEBOOKS = {name: scripts for path in course.NOTEBOOKS for name, scripts in course.exercises(path).items()}

every_exercise = pytest.mark.parametrize("name", sorted(EXERCISES))


@pytest.fixture
def verdict_on(tmp_path):
    def write_and_check(name, script):
        path = tmp_path / f"{name}.py"
        path.write_text(script, encoding="utf-8")
        return verdict(name, path)

    return write_and_check


def test_every_exercise_of_a_notebook_has_a_check_and_every_check_an_exercise():
    assert set(IN_NOTEBOOKS) == set(EXERCISES)


@every_exercise
def test_as_given_it_is_not_yet_right(name, verdict_on):
    given, _ = IN_NOTEBOOKS[name]
    assert verdict_on(name, given).startswith("Not yet: ")


@every_exercise
def test_the_notebooks_solution_is_right(name, verdict_on):
    _, solution = IN_NOTEBOOKS[name]
    assert verdict_on(name, solution).startswith("Right. ")


SPAWN = "import multiprocessing\nmultiprocessing.set_start_method('spawn', force=True)\n"
FAILING_WORKER = """\
import multiprocessing

def worker():
    raise ValueError("no")

if __name__ == "__main__":
    multiprocessing.Process(target=worker).start()
"""


@pytest.mark.parametrize(
    ("script", "hint"),
    [
        ("print(", "Python can't read line 1"),
        ("print(...)", "put your code in place of the ... in line 1"),
        ("Process(target=worker())", "target=worker, without brackets"),
        ("1 / 0", "ended with an error: ZeroDivisionError"),
        (SPAWN + "multiprocessing.Process(target=print).start()", "only under if __name__"),
        (
            SPAWN + "if __name__ == '__main__':\n    multiprocessing.Process(target=lambda: 1).start()",
            "define the worker with def",
        ),
        ("raise SystemExit(3)", "nothing said why"),
        (FAILING_WORKER, "a worker process ended with an error"),
    ],
)
def test_common_mistakes_get_their_hint(script, hint, verdict_on):
    assert hint in verdict_on("exercise_01a", script)


def test_a_script_that_hangs_gets_its_hint(monkeypatch, verdict_on):
    monkeypatch.setattr("helpers.checks.TIME_LIMIT", 1.0)
    assert "had not ended after 1 s" in verdict_on("exercise_01a", "while True: pass")


def test_an_exercise_that_was_not_run_is_not_yet_right(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    check("exercise_01a")
    assert capsys.readouterr().out == "Not yet: run the cell above first. It writes the script that is checked.\n"


def test_an_unknown_exercise_is_explained():
    with pytest.raises(ValueError, match="There is no exercise 'exercise_99'. Use one of exercise_01a"):
        check("exercise_99")
