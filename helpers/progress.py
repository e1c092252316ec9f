"""Which exercises and quizzes are done, kept in a small file beside the notebooks.

Each thing done, tried or answered is a line of its own, added in one write, so several kernels can add to the file at
the same time. Anything else in the file is skipped.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from IPython.display import Markdown, display

from helpers import exercises
from helpers.words import markdown_table

FILE = ".progress.jsonl"


def note(name):
    """Note that the exercise or quiz `name` is done."""
    if name not in done():
        add(done=name)


def note_try(name):
    """Note that the exercise `name` was tried."""
    add(tried=name)


def note_answer(notebook, question, choice):
    """Note the answer that was given in the quiz of a notebook. The question and the choice are texts."""
    add(quiz=notebook, question=question, choice=choice)


def add(**fact):
    """Add a line with a fact and the time."""
    line = json.dumps({**fact, "at": datetime.now(UTC).isoformat(timespec="seconds")})
    try:
        with Path(FILE).open("ab", buffering=0) as file:
            file.write(f"\n{line}\n".encode())  # begins a new line, should the last one be unfinished
    except OSError:  # a folder that can't be written to: the answer is right all the same
        pass


def done():
    """Return the names of what is done, as a set."""
    return set(filter(None, (name_in(fact, "done") for fact in facts())))


def facts():
    """Return the facts in the file, as dicts, in the order in which they were noted."""
    try:
        lines = Path(FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # nothing is done yet
        return []
    return [fact for line in lines if (fact := fact_in(line))]


def fact_in(line):
    """Return the fact that a line of the file notes, or {} if the line is no such note."""
    try:
        fact = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return fact if isinstance(fact, dict) else {}


def name_in(fact, kind):
    """Return what a fact says was "done" or "tried", or None if it is about something else."""
    name = fact.get(kind)
    return name if isinstance(name, str) else None


def forget():
    """Forget everything that is done. Raises OSError if the file can't be removed."""
    Path(FILE).unlink(missing_ok=True)


def quiz_name(notebook):
    """Return the name under which the quiz of a notebook such as "04" is noted."""
    return f"quiz_{notebook}"


def table():
    """Return a table of what is done, with a row for each notebook, as Markdown."""
    finished = done()
    rows = []
    for path in sorted(Path().glob("[0-9][0-9]-*.ipynb")):
        number = path.name[:2]
        names = exercises.names(number)
        if names:
            title = re.sub("[0-9]+-", "", path.stem).replace("-", " ").capitalize()
            quiz = "done" if quiz_name(number) in finished else "not yet"
            count = len(finished.intersection(names))
            rows.append([f"[{number} {title}]({path.name})", f"{count} of {len(names)} done", quiz])
    return Markdown(markdown_table(["notebook", "exercises", "quiz"], rows))


def show():
    """Show what is done, and a button that forgets it."""
    from helpers.browser.progress import ForgetButton  # not above: the check of an exercise need not wait for it

    shown = display(table(), display_id=True)

    def forget_and_show():
        forget()
        shown.update(table())

    display(ForgetButton(forget_and_show))
