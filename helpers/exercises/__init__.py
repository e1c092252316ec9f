"""The exercises, a module each: `exercise_04b` is the second one of notebook 04.

A module holds all there is to its exercise:

    TITLE       what it is about, for its heading
    TASK        what to do, in Markdown
    GIVEN       the file as the learner finds it
    USE         only if that file is a module: the cell below it, which uses it
    SOLUTION    the file as it could be in the end
    AFTERWORD   what the solution shows, in Markdown, or ""
    PRAISE      what the check says of a right answer, after "Right."
    RIGHT       other right answers, which the check has to accept
    WRONG       wrong answers that learners give, each with a part of the hint that it has to get
    check       looks at a `helpers.scripts.trace.Attempt` that ran to its end without an error:
                returns a hint, or None if all is right
"""

from importlib import import_module
from pathlib import Path


def names(notebook=""):
    """Return the names of the exercises of a notebook such as "04", or of all, in order."""
    return sorted(file.stem for file in Path(__file__).parent.glob(f"exercise_{notebook}*.py"))


def find(name):
    """Return the module of the exercise of that name. Raises ValueError if there is none."""
    if name not in names():
        raise ValueError(f"There is no exercise {name!r}. Use one of {', '.join(names())}.")
    return import_module(f"{__name__}.{name}")
