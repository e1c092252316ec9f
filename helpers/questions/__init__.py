"""The questions of the quizzes, one module per notebook: QUESTIONS in `questions_04` has those of notebook 04."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Choice:
    """One of a question's answers.

    text   the answer, in one line or several
    why    why it is right, or why it is wrong
    right  whether it is right
    """

    text: str
    why: str
    right: bool


def right(text, why):
    """Return a right `Choice`."""
    return Choice(text, why, True)


def wrong(text, why):
    """Return a wrong `Choice`."""
    return Choice(text, why, False)


@dataclass(frozen=True)
class Question:
    """A question with its choices, of which one is right.

    asked          the question, in plain text
    choices        its choices, in the order in which they are shown
    program        a program to look at, if any
    start_methods  if the question is what the program prints: the start methods for which the right choice holds
    answered       the heading in the notebook that has the answer, or the question under "What people ask"
    """

    asked: str
    choices: tuple[Choice, ...]
    program: str = ""
    start_methods: tuple[str, ...] = ()
    answered: str = ""


def notebooks():
    """Return the notebooks that have a quiz, such as ["01", "02"]."""
    return sorted(file.stem.removeprefix("questions_") for file in Path(__file__).parent.glob("questions_*.py"))


def of_notebook(number):
    """Return the questions of a notebook such as "04". Raises ValueError if it has no quiz."""
    if number not in notebooks():
        raise ValueError(f"There is no quiz {number!r}. Use one of {', '.join(map(repr, notebooks()))}.")
    return import_module(f"{__name__}.questions_{number}").QUESTIONS
