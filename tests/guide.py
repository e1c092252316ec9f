"""The tables of TEACHING.md, written from `helpers.exercises` and the first cells of the notebooks."""

import re

import course
import rules

from helpers import exercises
from helpers.words import markdown_table

FILE = course.FOLDER.parent / "TEACHING.md"
TAKES, ASK = "What each notebook takes and needs", "What learners do, and what to ask them"
TERM = "In a term"
HEADERS = {TAKES: ["notebook", "minutes", "builds on", "beside that"], ASK: ["exercise", "what learners do", "ask"]}
UNKNOWN = f"{rules.UNFINISHED}: what it needs beside that"


def written(text):
    """Return the text of TEACHING.md with its tables as the course now has it.

    Raises ValueError if a table has no place, or if a notebook does not say what it takes and needs.
    """
    for heading, written_rows in ((TAKES, of_notebooks(text)), (ASK, of_exercises())):
        place = table(text, heading)
        text = text[: place.start] + markdown_table(HEADERS[heading], written_rows) + text[place.stop :]
    return text


def of_notebooks(text):
    """Return a row for each notebook. Its name and what it needs beside other notebooks stay as the text has them."""
    known = {file: row for row in rows(text, TAKES) for file in re.findall(r"\(notebooks/(.*?)\)", row[0])}
    new = []
    for path in course.NOTEBOOKS:
        link = f"[{rules.title(path)}](notebooks/{path.name})"
        name, *_, beside = known.get(path.name, [link, UNKNOWN])
        new.append([name, *time_and_needs(path), beside])
    return new


def of_exercises():
    """Return a row for each exercise."""
    found = {name.removeprefix("exercise_"): exercises.find(name) for name in exercises.names()}
    return [[f"{name} {exercise.title}", exercise.mistakes, exercise.ask] for name, exercise in found.items()]


def time_and_needs(path):
    """Return the minutes of a notebook, and the numbers of those that it needs, as its first cell says.

    Raises ValueError if it doesn't say so.
    """
    said = re.search(r"\*\*Time\*\* (\d+) minutes · \*\*Needs\*\* (.+)", course.cells(path, "markdown")[0].source)
    if not said:
        raise ValueError(f"The first cell of {path.name} lacks a line such as: **Time** 40 minutes · **Needs** …")
    return said[1], ", ".join(re.findall(r"\]\((\d\d)-", said[2]))


def section(text, heading):
    """Return where a section is, without its heading, as a slice. Raises ValueError if there is none."""
    _, found, below = text.partition(f"\n## {heading}\n")
    if not found:
        raise ValueError(f"It has no heading '## {heading}'.")
    begin = len(text) - len(below)
    return slice(begin, begin + len(below.partition("\n## ")[0]))


def table(text, heading):
    """Return where the table of a section is, as a slice. Raises ValueError if it has none."""
    place = section(text, heading)
    if not (found := re.search(r"^\|(.*\n\|)*.*$", text[place], re.MULTILINE)):
        raise ValueError(f"It has no table under '## {heading}'.")
    return slice(place.start + found.start(), place.start + found.end())


def rows(text, heading):
    """Return the rows of the table in a section, without its header, each as a list of what its cells say."""
    _, _, *lines = text[table(text, heading)].splitlines()
    return [[cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
