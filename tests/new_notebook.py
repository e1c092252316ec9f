"""Lay out a new notebook with the course's rhythm, two exercises and a quiz, and lead the course to it.

All of it runs as it is. What is still to be written says TODO, and a test names what is left of that.
"""

import argparse
import re
import sys
from pathlib import Path

import course
import guide
import nbformat
import practice
import refresh
import rules
from nbformat.v4 import new_code_cell, new_markdown_cell

ROOT = Path(__file__).parent.parent

SMALLEST = """\
%%writefile smallest_NUMBER.py
import multiprocessing

from helpers.workers import count_primes

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.map(count_primes, [1000, 2000, 3000]))"""

MEASURE = """\
from helpers.runs import run
from helpers.timelines import timeline
from helpers.workers import count_primes

limits = [100_000] * 8
serial = run(count_primes, limits, how="serial")
pool = run(count_primes, limits, how="pool", workers=2)
assert pool.results == serial.results
timeline(serial, pool)"""

EXERCISE = '''\
"""Exercise PLACE of notebook NUMBER: TODO, what it is about."""

from helpers.exercises import Exercise, Hint

GIVEN = """\\
from helpers.workers import count_primes

limits = [1000, 2000, 3000]

if __name__ == "__main__":
    print([count_primes(limit) for limit in limits])
"""

SOLUTION = """\\
import multiprocessing

from helpers.workers import count_primes

limits = [1000, 2000, 3000]

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.map(count_primes, limits))
"""

POOL = "with multiprocessing.Pool(processes=2) as pool:"
MAP = "pool.map(count_primes, limits)"


def check(attempt):  # TODO: ask what the script did, and in which order. helpers/scripts/attempt.py says what it knows
    if not attempt.process_pools:
        return Hint("There is no pool of processes. Who counts?", "Make a pool of two workers.", POOL)
    if attempt.process_pools[0].size != 2:
        return Hint(
            f"The pool has {attempt.process_pools[0].size} workers. How many did the task ask for?",
            "Give the pool two workers.",
            POOL,
        )
    if not attempt.calls_in_children("count_primes"):
        return Hint("The pool's workers got nothing to do. Who counts?", "Let the pool call count_primes.", MAP)
    if attempt.lines != ["[168, 303, 430]"]:
        return Hint(
            f"The program should print [168, 303, 430]. It printed {attempt.lines}.",
            "Print the list that the pool's method returns.",
            f"print({MAP})",
        )
    return None


EXERCISE = Exercise(
    title="TODO, what to do in a few words",
    task="""\\
TODO: say what the program does, and what it should do instead. Here: let a pool of two workers count the primes.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="TODO: say what the program does now. Here: two workers counted.",
    mistakes="TODO, what learners do instead, such as: a loop in the block; three workers",
    ask="TODO, what to ask them, such as: Who counts?",
    right=[SOLUTION.replace(MAP, "list(pool.imap(count_primes, limits))")],
    wrong=[
        (SOLUTION.replace(MAP, "[count_primes(limit) for limit in limits]"), "got nothing to do"),
        (SOLUTION.replace("processes=2", "processes=3"), "The pool has 3 workers"),
        (SOLUTION.replace(MAP, "sum(pool.map(count_primes, limits))"), "should print [168, 303, 430]"),
    ],
    check=check,
)
'''

QUESTIONS = '''\
"""The questions of notebook NUMBER, TITLE."""

from helpers.questions import Question, right, wrong

QUESTIONS = (
    Question(
        "TODO: the first question?",
        (
            right("TODO: the right choice", "TODO: say why it is right."),
            wrong("TODO: a wrong one", "TODO: say why it is wrong."),
            wrong("TODO: another wrong choice", "TODO: say why this is wrong, too."),
        ),
        answered="The short answer",
    ),
    Question(
        "TODO: the second question?",
        (
            wrong("TODO: a wrong choice", "TODO: say why it is wrong."),
            right("TODO: the right one", "TODO: say why it is right."),
            wrong("TODO: another wrong choice", "TODO: say why this is wrong, too."),
        ),
        answered="The short answer",
    ),
    Question(
        "TODO: the third question?",
        (
            wrong("TODO: a wrong choice", "TODO: say why it is wrong."),
            wrong("TODO: another one", "TODO: say why this is wrong, too."),
            right("TODO: the right choice, in words as long as theirs", "TODO: say why it is right."),
        ),
        answered="The short answer",
    ),
)
'''


def cells(path, before):
    """Return the cells of the new notebook at `path`, which follows the one at `before`."""
    number, title = path.name[:2], rules.title(path)[3:]
    link = f"[{rules.title(before)}]({before.name})"
    back = f"[← {rules.title(before)}]({before.name})"
    return [
        new_markdown_cell(
            f"# {number} · {title}\n\n**You will** TODO: say what the learner will do.\n\n"
            f"**Time** 40 minutes · **Needs** {link}\n\n{back} · [Contents](00-start-here.ipynb#The-map)"
        ),
        new_markdown_cell("## The short answer\n\nTODO: three to five sentences, true today."),
        new_markdown_cell("## Predict\n\nTODO: ask for a guess before anything runs."),
        new_code_cell("predicted_speedup = 1.0  # change this number, then run the cell"),
        new_markdown_cell("## Run and watch\n\nTODO: show the smallest program, and say what to watch."),
        new_code_cell(SMALLEST.replace("NUMBER", number)),
        new_code_cell(f'from helpers.scripts import run_script\n\nrun_script("smallest_{number}.py")'),
        new_markdown_cell("TODO: say what it showed."),
        new_markdown_cell("## Measure\n\nTODO: say what is measured, and why."),
        new_code_cell(MEASURE, metadata={"tags": ["nbval-ignore-output"]}),
        new_code_cell(
            'print("You predicted", predicted_speedup, "and measured", round(serial.makespan / pool.makespan, 1))',
            metadata={"tags": ["nbval-ignore-output"]},
        ),
        new_markdown_cell("## Play\n\nTODO: say what to try."),
        new_code_cell(
            'from helpers.panels import Panel\n\nPanel(controls=["workers", "chunksize"], workload="uneven", tasks=24)'
        ),
        new_markdown_cell(practice.YOUR_TURN),
        new_markdown_cell(
            "## What people ask\n\n**TODO: a question, in the words of those who ask it?**\nTODO: answer it."
        ),
        new_markdown_cell(practice.QUIZ),
        new_markdown_cell("## Remember\n\n1. TODO: one thing.\n2. TODO: another one.\n3. TODO: a third one."),
    ]


def lay_out(path, root):
    """Write the notebook at `path`, and below `root`, the folder of the course, the files of its practice.

    Adds it to README.md, to TEACHING.md and to the notebook before it. Returns the paths of the new files.
    """
    number, before = path.name[:2], course.NOTEBOOKS[-1]
    filled = {
        f"helpers/exercises/exercise_{number}a.py": EXERCISE.replace("PLACE", "1"),
        f"helpers/exercises/exercise_{number}b.py": EXERCISE.replace("PLACE", "2"),
        f"helpers/questions/questions_{number}.py": QUESTIONS.replace("TITLE", rules.title(path)[3:]),
    }
    write(path, nbformat.v4.new_notebook(cells=cells(path, before)))
    for name, text in filled.items():
        (root / name).write_text(text.replace("NUMBER", number), encoding="utf-8", newline="\n")
    lead_to(path, before, root / "README.md")
    plan(number, root / guide.FILE.name)
    return [path, *(root / name for name in filled)]


def lead_to(path, before, readme):
    """Add the notebook at `path` to the map of the README, and links to it to the notebook before it."""
    row = f"| [{rules.title(path)}](notebooks/{path.name}) | TODO: its question? |"
    text = readme.read_text(encoding="utf-8")
    text = re.sub(rf"(?m)^\| \[.*\]\(notebooks/{re.escape(before.name)}\).*$", rf"\g<0>\n{row}", text, count=1)
    readme.write_text(text, encoding="utf-8", newline="\n")
    notebook = course.read(before)
    notebook.cells[0].source += f" · [{rules.title(path)} →]({path.name})"
    notebook.cells[-1].source += f"\n\nNext: [{rules.title(path)}]({path.name})"
    write(before, notebook)


def plan(number, teaching):
    """Add a notebook such as "15" to the plan for a term, in the guide for teachers. `make refresh` adds the rest."""
    text = teaching.read_text(encoding="utf-8")
    end = guide.table(text, guide.TERM).stop
    row = f"| {number} | TODO: what to show live | TODO: what to ask before you run it |"
    teaching.write_text(f"{text[:end]}\n{row}{text[end:]}", encoding="utf-8", newline="\n")


def write(path, notebook):
    path.write_text(refresh.normalized(notebook), encoding="utf-8", newline="\n")


def main(arguments):
    """Lay out the notebook that the command line names. Exits with a message if it can't have that name."""
    parser = argparse.ArgumentParser(
        prog="make notebook", usage='make notebook ARGS="15 my-question"', description=__doc__
    )
    parser.add_argument("number", help="the next number")
    parser.add_argument("name", help="its name, in small letters with - between the words")
    wanted = parser.parse_args(arguments)
    following = f"{int(course.NOTEBOOKS[-1].name[:2]) + 1:02}"
    if wanted.number != following:
        parser.error(f"the next notebook has the number {following}, not {wanted.number!r}")
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", wanted.name):
        parser.error(f"a name has small letters with - between the words, such as my-question, not {wanted.name!r}")
    path = course.FOLDER / f"{wanted.number}-{wanted.name}.ipynb"
    before = course.NOTEBOOKS[-1]
    print("Laid out, ready to run:")
    for file in lay_out(path, ROOT):
        print(f"    {file.relative_to(ROOT).as_posix()}")
    print(f"README.md and notebooks/{before.name} now lead to it, and TEACHING.md plans it.")
    print(f"Write what each TODO asks for. Then: make refresh ARGS={wanted.number}, and make test")


if __name__ == "__main__":
    main(sys.argv[1:])
