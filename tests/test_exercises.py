"""Each exercise gives its wrong answers a hint that fits, and praises each right answer."""

import os
import queue
import re
from itertools import product
from pathlib import Path

import course
import nbformat
import practice
import pytest
import rules
from IPython.core.error import UsageError
from jupyter_client.manager import KernelManager
from lanes import start_method_of
from thorough import mostly_thorough

from helpers import exercises, progress
from helpers.checks import Verdict, exercise, told, tries, verdict
from helpers.exercises import Hint
from helpers.machine import start_methods
from helpers.scripts.attempt import Attempt

CELL_LIMIT = 60  # seconds

every_exercise = pytest.mark.parametrize("name", exercises.names())


def answers(kind, always):
    """Parametrise a test with (name, number) of each answer of that kind, "right" or "wrong".

    always  how many of each exercise run without --thorough
    """
    numbered = [
        (name, number) for name in exercises.names() for number in range(len(getattr(exercises.find(name), kind)))
    ]
    first = [(name, number) for name, number in numbered if number < always]
    return pytest.mark.parametrize(("name", "number"), mostly_thorough(numbered, first))


@pytest.fixture
def verdict_on(tmp_path):
    def write_and_check(name, script):
        path = tmp_path / f"{name}.py"
        path.write_text(script, encoding="utf-8")
        return verdict(name, path)

    return write_and_check


# --- The notebooks show what the modules say ---


@pytest.mark.parametrize("path", course.NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebooks_sections_are_written_from_its_exercises_and_questions(path):
    notebook = course.read(path)
    for heading, wanted in practice.sections(path.stem[:2]).items():
        shown = notebook.cells[practice.section_of(notebook, heading)]
        assert practice.sources(shown) == practice.sources(wanted), f"run make refresh ARGS={path.stem[:2]}"


def test_a_missing_section_is_explained():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## Your turn")])
    with pytest.raises(ValueError, match="no cell that begins with '## Your turn', with another section after it"):
        practice.section_of(notebook, "## Your turn")


@pytest.mark.parametrize("path", course.LESSONS, ids=lambda path: path.stem)
def test_each_lesson_has_two_to_four_exercises(path):
    rules.insist(rules.of_exercises(path.stem[:2], exercises.names(path.stem[:2])))


# --- The checks ---


@every_exercise
def test_there_are_three_wrong_answers_and_all_answers_differ(name):
    exercise = exercises.find(name)
    assert len(exercise.wrong) >= 3, "Write at least three wrong answers that learners give."
    assert exercise.right, "Write one more right answer, so that the check does not insist on the solution."
    rules.insist(rules.of_answers(exercise))


@every_exercise
def test_as_given_it_is_not_yet_right(name, verdict_on):
    found = verdict_on(name, exercises.find(name).given)
    assert not found.right and found.text.startswith("Not yet. ")


@answers("wrong", always=1)
def test_a_wrong_answer_gets_its_hint_a_bigger_one_each_time(name, number, verdict_on):
    script, nudge = exercises.find(name).wrong[number]
    found = verdict_on(name, script)
    assert not found.right and found.text.startswith("Not yet. ") and nudge in found.text
    assert len(found.levels) == 3, "Give its Hint a nudge, the way, and the line of code."
    first, second, third = found.levels
    assert first in second and second in third
    assert found.hint.line not in second, "The first two hints leave the code to the learner: move it to the third."


@answers("right", always=1)
def test_another_right_answer_is_right(name, number, verdict_on):
    exercise = exercises.find(name)
    found = verdict_on(name, exercise.right[number])
    assert found.right and found.levels == [f"Right. {exercise.praise}"]


class Kernel:
    """A kernel in a folder, with a time limit for each cell."""

    def __init__(self, folder, **settings):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **settings})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=CELL_LIMIT)

    def run(self, source):
        """Run a cell and return what it printed, errors included."""
        printed = []

        def keep(message):
            content = message["content"]
            printed.append(content.get("text", "") or "\n".join(content.get("traceback", [])))

        try:
            self.client.execute_interactive(source, timeout=CELL_LIMIT, output_hook=keep)
        except (TimeoutError, queue.Empty):
            printed.append("The cell did not end.")
        return "".join(printed)

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()  # not at once: it tidies up, its resource tracker too


@pytest.fixture
def kernel(start_method, tmp_path):
    """A kernel in a new folder. It and all its scripts use the start method that the test is run for."""
    kernel = Kernel(tmp_path, COURSE_START_METHOD=start_method)
    kernel.run(f"import multiprocessing\nmultiprocessing.set_start_method({start_method!r})")
    yield kernel
    kernel.end()


@pytest.mark.parametrize(
    ("path", "start_method"),
    mostly_thorough(
        list(product(course.LESSONS, start_methods())), [(path, start_method_of(path)) for path in course.LESSONS]
    ),
    ids=lambda value: getattr(value, "stem", value),
)
def test_the_notebooks_solutions_in_its_cells_are_right(path, kernel, tmp_path):
    notebook = course.read(path)
    cells = notebook.cells[practice.section_of(notebook, practice.YOUR_TURN)]
    names = iter(exercises.names(path.stem[:2]))
    for cell in cells:
        if cell.source.startswith("%%exercise"):
            exercise = exercises.find(name := next(names))
            said = kernel.run(f"{cell.source.partition(chr(10))[0]}\n{exercise.solution}")
            assert said.endswith(f"Right. {exercise.praise}\n"), said
            assert name in done_in(tmp_path)
        elif cell.cell_type == "code":
            assert not kernel.run(cell.source)
    assert next(names, None) is None


def done_in(folder):
    """Return what is done according to a folder's progress file."""
    facts = map(progress.fact_in, (folder / progress.FILE).read_text().splitlines())
    return [fact["done"] for fact in facts if "done" in fact]


# --- What all exercises have in common ---


FAILING_WORKER = """\
import multiprocessing

def worker():
    raise ValueError("no")

if __name__ == "__main__":
    multiprocessing.Process(target=worker).start()
"""
SPAWN = "import multiprocessing\nmultiprocessing.set_start_method('spawn', force=True)\n"
NO_TARGET = "import multiprocessing\nif __name__ == '__main__':\n    multiprocessing.Process(target=print()).start()"
RIGHT = exercises.find("exercise_01a").solution
LEFT_ALIVE = """
    process = multiprocessing.Process(target=multiprocessing.Event().wait, daemon=True)
    process.start()
"""


@pytest.mark.parametrize(
    ("script", "hint"),
    [
        ("x = 1\nprint(", "Python can't read line 2 (`print(`)"),
        ("print(...)", "put your code in place of the ... in line 1 (`print(...)`)"),
        (
            "x = 0\n1 / x\n",
            "ended with an error: ZeroDivisionError: division by zero. It happened in line 2 (`1 / x`).",
        ),
        (SPAWN + "multiprocessing.Process(target=print).start()", "Which line must it not run then?"),
        (
            SPAWN + "if __name__ == '__main__':\n    multiprocessing.Process(target=lambda: 1).start()",
            "A function could not be sent to a worker, or not be found there.",
        ),
        (
            SPAWN
            + "if __name__ == '__main__':\n    multiprocessing.Process(target=print, args=(open('f', 'w'),)).start()",
            "another process can't be pickled: TextIOWrapper. What was sent",
        ),
        (SPAWN.replace(", force=True", "") * 2, "set only once. Who has set it before?"),
        (NO_TARGET, "nothing to run"),
        ("import multiprocessing, pickle\npickle.dumps(multiprocessing.Lock())", "A Lock was sent with a task"),
        ("raise SystemExit(3)", "it did not say which"),
        (
            FAILING_WORKER,
            'A process ended with an error: ValueError: no. It happened in line 4 (`raise ValueError("no")`).',
        ),
        (RIGHT + LEFT_ALIVE, "a process is still running"),
        ("input()", "a script that is run here gets no input"),
    ],
)
def test_common_mistakes_get_their_hint(script, hint, verdict_on):
    assert hint in verdict_on("exercise_01a", script).text


def test_a_script_that_only_speaks_of_an_error_has_none(verdict_on):
    assert "error" not in verdict_on("exercise_01a", RIGHT + "    print('ValueError: no')").text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (b"\xef\xbb\xbf" + RIGHT.encode(), "Right. "),
        (RIGHT.replace("\n", "\r\n").encode(), "Right. "),
        ("# coding: latin-1\n# é\n".encode("latin-1") + RIGHT.encode(), "Right. "),
        (RIGHT.encode() + "    # é".encode("latin-1"), "Not yet. Python can't read the file: 'utf-8' codec"),
        ("# é\n".encode("latin-1") + RIGHT.encode(), "Not yet. Python can't read the file: "),
        (b"x = 1\0", "Not yet. Python can't read "),
    ],
)
def test_a_file_is_read_as_python_reads_it(script, said, tmp_path):
    path = tmp_path / "exercise_01a.py"
    path.write_bytes(script)
    assert verdict("exercise_01a", path).text.startswith(said)


SUBCLASS = """\
import multiprocessing

class Worker(multiprocessing.Process):
    def __init__(self, number, queue):
        super().__init__()
        self.number, self.queue = number, queue

    def run(self):
        self.queue.put(self.number)

if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    workers = [Worker(number, queue) for number in (1, 2, 3, 4)]
    for worker in workers:
        worker.start()
    print("total:", sum(queue.get() for worker in workers))
    for worker in workers:
        worker.join()
"""


def test_a_subclass_of_process_is_as_right_as_a_target(verdict_on):
    assert verdict_on("exercise_01a", SUBCLASS).right


EVER_MORE = """import multiprocessing

if __name__ == "__main__":
    event = multiprocessing.Event()
    while True:
        multiprocessing.Process(target=event.wait).start()
"""


def test_a_script_that_starts_ever_more_processes_is_given_up_early(monkeypatch, verdict_on):
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 3600.0)
    monkeypatch.setattr("helpers.scripts.attempt.MOST_ALIVE", 5)
    assert "more and more processes" in verdict_on("exercise_01a", EVER_MORE).text


def test_a_script_that_prints_too_much_is_given_up_early_and_told_so(monkeypatch, verdict_on):
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 3600.0)
    monkeypatch.setattr("helpers.scripts.capture.MOST_ON_DISK", 2_000_000)
    found = verdict_on("exercise_01a", "while True: print('joined ' * 1000)")
    assert re.match(r"Not yet\. The script printed too much, \d+ MB, and was ended\.", found.text)
    assert len(found.levels) == 3 and found.output.startswith("joined joined ")


def test_a_script_that_prints_slowly_but_without_end_is_told_so_in_the_end(monkeypatch, verdict_on):
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 3.0)
    monkeypatch.setattr("helpers.scripts.attempt.MOST_OUTPUT", 1000)
    assert "printed too much" in verdict_on("exercise_01a", "while True: print('joined')").text


def test_a_script_that_ends_because_it_printed_too_much_is_told_so(monkeypatch, verdict_on):
    """As in grading, where a file can hold only so much."""
    monkeypatch.setattr("helpers.scripts.attempt.MOST_ON_DISK", 2_000_000)
    assert "printed too much, 3 MB" in verdict_on("exercise_01a", "print('x' * 3_000_000)\nraise SystemExit(1)").text


START = """import multiprocessing, time

def forever():
    while True: pass

if __name__ == "__main__":
    process = multiprocessing.Process(target={target}, name="the child")
    process.start()
    {then}
"""


@pytest.mark.parametrize(
    ("script", "hint"),
    [
        ("while True: pass", "The script does not end: it computes all the time"),
        (START.format(target="print", then="while True: pass"), "The script does not end: it computes all the time"),
        (START.format(target="forever", then="process.join()"), "does not end: the child computes all the time"),
        (START.format(target="print", then="time.sleep(3600)"), "it still sleeps, or waits with a time limit"),
        (START.format(target="print", then="multiprocessing.SimpleQueue().get()"), "none of them sent"),
    ],
)
def test_a_script_that_does_not_end_gets_the_hint_that_fits(script, hint, monkeypatch, verdict_on):
    monkeypatch.setattr("helpers.scripts.attempt.TIME_LIMIT", 6.0)
    assert hint in verdict_on("exercise_01a", script).text


BLIND = """import course_witness.hooks as witness
del witness.PATCHES["multiprocessing.pool"]
witness.PATCHES["multiprocessing.pool"] = lambda module: module.gone

"""


def test_a_check_that_cannot_see_says_so(verdict_on):
    said = verdict_on("exercise_01a", BLIND + RIGHT)
    assert not said.right
    assert said.text.startswith("This check can't tell. It can't see everything that your program does in Python 3.")
    assert "has no attribute 'gone'" in said.text


def test_an_error_is_told_of_even_by_a_check_that_cannot_see(verdict_on):
    assert "ZeroDivisionError" in verdict_on("exercise_01a", BLIND + RIGHT + "    1 / 0").text


def test_a_hint_for_a_script_that_prints_very_much_is_short(verdict_on):
    assert len(verdict_on("exercise_01a", RIGHT + "    print('x' * 2_000_000)").text) < 1000


# --- The cell command ---


def test_the_cell_is_saved_as_a_file_whose_lines_are_counted_as_in_the_cell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exercise("01a", "x = 1\nprint(")
    assert Path("exercise_01a.py").read_text() == "# exercise_01a.py, saved by %%exercise\nx = 1\nprint("
    first, verdict = capsys.readouterr().out.split("\n", 1)
    assert first == "Saved as exercise_01a.py. Running it, for 20 seconds at most ..."
    assert "Python can't read line 3 (`print(`)" in verdict


def test_what_the_program_printed_is_shown_and_a_right_answer_is_noted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exercise("01a", RIGHT) is None  # the cell would show what it returns
    said = capsys.readouterr().out
    assert "Your program printed:\n    total: 10\n\nRight. " in said
    assert progress.done() == {"exercise_01a"}


def test_a_hint_grows_each_time_the_same_mistake_is_made():
    tries.clear()
    found = Verdict(False, "Not yet.", Hint("look", "do", "code()"))
    says = [told("exercise_01a", found) for _ in range(4)]
    assert says[0] == "Not yet. look\n\n(Hint 1 of 3. For the next one, run the cell again.)"
    assert says[1] == "Not yet. look\ndo\n\n(Hint 2 of 3. For the next one, run the cell again.)"
    assert says[2] == says[3] == "Not yet. look\ndo\n    code()"
    assert told("exercise_01a", Verdict(False, "Not yet.", Hint("look", "do else"))).startswith("Not yet. look\n\n")


def test_only_the_last_lines_of_what_a_program_printed_are_shown():
    said = told("exercise_01a", Verdict(False, "Not yet.", Hint("look"), "\n".join(map(str, range(1000)))))
    assert said.startswith("Your program printed:\n    ...\n    988\n") and "    999\n\nNot yet. look" in said


def test_a_traceback_is_shown_without_folders_and_without_pythons_own_lines(verdict_on):
    said = verdict_on("exercise_01a", RIGHT.replace("return number", "return number / 0")).output
    assert 'File "exercise_01a.py", line 5, in worker\n    return number / 0' in said
    assert "pool.py" not in said and "ZeroDivisionError: division by zero" in said


def test_an_unknown_exercise_is_explained():
    with pytest.raises(UsageError, match="There is no exercise '99'. Use one of 01a, "):
        exercise("99", "")
    with pytest.raises(ValueError, match="There is no exercise 'exercise_99'. Use one of exercise_01a"):
        verdict("exercise_99", Path("exercise_99.py"))


@pytest.mark.parametrize(("hangs", "right"), [(1, True), (2, False)])
def test_a_pool_that_hangs_at_its_end_once_is_no_mistake(hangs, right, monkeypatch, verdict_on):
    """Once in a few thousand runs, Python's own Pool hangs. If it hangs again, the script is to blame."""
    runs = iter([True] * hangs + [False] * 9)

    class SometimesHanging(Attempt):
        def __init__(self, *args):
            super().__init__(*args)
            self.timed_out = next(runs)

    monkeypatch.setattr("helpers.checks.Attempt", SometimesHanging)
    verdict = verdict_on("exercise_01a", RIGHT)
    assert verdict.right == right
    assert right or "for a pool that has ended" in verdict.text
