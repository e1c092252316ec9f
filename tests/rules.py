"""What the course asks of its exercises, quizzes and notebooks: each rule that is broken, and what to do about it."""

import re
from collections import Counter

import course
import pytest

RHYTHM = ["The short answer", "Predict", "Run and watch", "Measure", "Your turn", "What people ask", "Quiz", "Remember"]
EXERCISES, QUESTIONS = range(2, 5), range(3, 6)  # of a notebook
PLACES = ["first", "second", "third", "fourth", "fifth"]
SHORTEST, LONGEST = 2.0, 3.0  # seconds of a panel's first serial run: long enough to watch, short enough to wait for
MOST_ALIKE = 0.45  # of all questions: more of one place or length would be a hint
UNFINISHED = "TODO"  # in what `make notebook` lays out


def insist(broken):
    """Fail with what is broken, if anything is."""
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


def of_exercises(notebook, names):
    """Return what is wrong with the number of exercises of a notebook such as "04"."""
    if len(names) in EXERCISES:
        return []
    return [f"Notebook {notebook} has {len(names)} exercises, and should have two to four: {remedy(names, EXERCISES)}."]


def of_quiz(notebook, asked):
    """Return what is wrong with the questions of a notebook such as "04", taken together."""
    broken = []
    if len(asked) not in QUESTIONS:
        wanted = f"should have three to five: {remedy(asked, QUESTIONS)}"
        broken.append(f"The quiz of notebook {notebook} has {len(asked)} questions, and {wanted}.")
    place, count = Counter(map(place_of_right, asked)).most_common(1)[0]
    if count > max(1, len(asked) // 2):
        broken.append(
            f"In the quiz of notebook {notebook}, the {PLACES[place]} choice is right in {count} of {len(asked)} "
            "questions. It may be in half of them. Change the order of some choices."
        )
    return broken


def of_all_quizzes(asked):
    """Return what gives the right choice away over all questions: its place, or its length."""
    broken = []
    place, count = Counter(map(place_of_right, asked)).most_common(1)[0]
    if count > MOST_ALIKE * len(asked):
        broken.append(
            f"The {PLACES[place]} choice is right in {count} of {len(asked)} questions: more than {MOST_ALIKE:.0%}. "
            "Change the order of the choices in your new ones."
        )
    longer, count = Counter(map(longer_than_right, asked)).most_common(1)[0]
    if count > MOST_ALIKE * len(asked):
        length = f"the {PLACES[longer]} longest" if longer else "the longest"
        broken.append(
            f"The right choice is {length} in {count} of {len(asked)} questions: more than {MOST_ALIKE:.0%}. "
            "Shorten or lengthen it in your new ones."
        )
    return broken


def of_answers(exercise):
    """Return which answers of an exercise are the same, though each should be another program."""
    named = {"given": exercise.given, "solution": exercise.solution}
    named |= {f"right answer {number}": script for number, script in enumerate(exercise.right, start=1)}
    named |= {f"wrong answer {number}": script for number, (script, _) in enumerate(exercise.wrong, start=1)}
    names, broken = list(named), []
    for number, name in enumerate(names):
        for other in names[:number]:
            if named[name] == named[other]:
                broken.append(
                    f"{name} is the same as {other}. If it is made with replace(), that found nothing to replace. "
                    "Otherwise leave one out: `given` is tried as a wrong answer in any case."
                )
    return broken


def of_workload(name, workload):
    """Return what is wrong with a `Workload` of that name, on an ordinary core."""
    if not (workload.sizes and workload.cost):
        return [f"Give {name!r} sizes and a cost, so that a panel can choose its size and say how long it will take."]
    broken = []
    if workload.sizes != sorted(workload.sizes):
        broken.append(f"Put the sizes of {name!r} into rising order.")
    if workload.tasks not in workload.counts:
        broken.append(f"Offer {workload.tasks} tasks among the counts of {name!r}, its default.")
    for tasks in workload.counts:
        try:
            workload.check(tasks, workload.sizes[0])
        except ValueError as error:
            broken.append(f"{name!r} offers {tasks} tasks, with which it can't be run: {error}")
    default = workload.fitting(workload.tasks)
    smaller, larger = (sum(way(size, default) for size in workload.sizes) for way in (int.__lt__, int.__gt__))
    if smaller < 3 or not 1 <= larger <= 3:
        broken.append(
            f"The default size of {name!r} on an ordinary core is {default}, of {workload.sizes}. "
            "Offer at least three smaller sizes, and one to three larger ones."
        )
    seconds = workload.cost(workload.tasks, default)
    if not SHORTEST <= seconds <= LONGEST:
        broken.append(
            f"A serial run of {name!r} takes {seconds:.1f} s by default. Choose its number of tasks, and its sizes, so "
            "that it takes 2 to 3 s: long enough to watch, short enough to wait for."
        )
    return broken


def of_course(readme):
    """Return where the course does not yet lead to one of its notebooks.

    readme  the text of README.md
    """
    broken = []
    shown = str([cell.outputs for cell in course.cells(course.NOTEBOOKS[0], "code")])
    for path in course.NOTEBOOKS:
        if f"](notebooks/{path.name})" not in readme:
            broken.append(
                f"README.md lacks {path.name}. Add to its map: | [{title(path)}](notebooks/{path.name}) | … |"
            )
        if f"]({path.name})" not in shown:
            broken.append(f"The map in {course.NOTEBOOKS[0].name} lacks {path.name}. Run make refresh ARGS=00")
    for before, path in zip(course.NOTEBOOKS, course.NOTEBOOKS[1:]):
        for here, other, arrow in ((before, path, f"{title(path)} →"), (path, before, f"← {title(before)}")):
            if f"]({other.name})" not in course.cells(here, "markdown")[0].source:
                broken.append(f"{here.name} lacks a link in its first cell. Add: [{arrow}]({other.name})")
        if f"]({path.name})" not in course.cells(before, "markdown")[-1].source:
            broken.append(f"{before.name} lacks a link in its last cell. Add: Next: [{title(path)}]({path.name})")
    return broken


def of_unfinished(texts):
    """Return what was laid out and has not been written yet. `texts` is name → text."""
    broken = []
    for name, text in texts.items():
        if count := len(re.findall(rf"\b{UNFINISHED}\b", text)):
            broken.append(f"{name} has {count} times {UNFINISHED}. Write what it asks for.")
    return broken


def title(path):
    """Return what links call a notebook, such as "04 What is a pool"."""
    number, _, name = path.stem.partition("-")
    return f"{number} {name.replace('-', ' ').capitalize()}"


def remedy(found, wanted):
    return "leave some out" if len(found) >= wanted.stop else "write some more"


def right_choice(question):
    return next(choice for choice in question.choices if choice.right)


def place_of_right(question):
    return question.choices.index(right_choice(question))


def longer_than_right(question):
    """Return how many choices are longer than the right one."""
    return sum(len(choice.text) > len(right_choice(question).text) for choice in question.choices)
