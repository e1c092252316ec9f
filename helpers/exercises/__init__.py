"""The exercises, one module each: EXERCISE in `exercise_04b` is the second one of notebook 04."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Hint:
    """What to tell a learner about a mistake, a little more each time it is made.

    nudge  a question or an observation that points at the mistake
    way    what to do about it, in words, or ""
    line   the code that does it, or ""
    """

    nudge: str
    way: str = ""
    line: str = ""


@dataclass(frozen=True)
class Exercise:
    """Everything about an exercise.

    title      the text of its heading
    task       what to do, in Markdown
    given      the program as the learner finds it
    use        only if that program is a module: a script that uses it, which the check runs
    solution   the program as it could be in the end
    afterword  what the solution shows, in Markdown, or ""
    praise     what the check says about a right answer, after "Right."
    mistakes   for TEACHING.md: what learners do instead, each in a few words, with ; between them, in Markdown
    ask        for TEACHING.md: what to ask them, so that they find their mistake
    right      other right answers, which the check has to accept
    wrong      wrong answers that learners give, each with a part of the nudge that it has to get
    check      a function that looks at a `helpers.scripts.attempt.Attempt` that ran to its end without an error:
               returns a `Hint`, or None if all is right
    """

    title: str
    task: str
    given: str
    solution: str
    afterword: str
    praise: str
    mistakes: str
    ask: str
    right: list[str]
    wrong: list[tuple[str, str]]
    check: Callable
    use: str = ""


def names(notebook=""):
    """Return the names of the exercises of a notebook such as "04", or of all notebooks, in order."""
    return sorted(file.stem for file in Path(__file__).parent.glob(f"exercise_{notebook}*.py"))


def find(name):
    """Return the `Exercise` called `name`. Raises ValueError if there is none."""
    if name not in names():
        raise ValueError(f"There is no exercise {name!r}. Use one of {', '.join(names())}.")
    return import_module(f"{__name__}.{name}").EXERCISE
