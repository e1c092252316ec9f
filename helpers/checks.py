"""Check the exercises, with a hint that speaks of the mistake made.

Each exercise is a script that the learner writes with %%writefile, and that `check` runs. What is
right for it says one function, named after its file and marked with `@exercise`: it takes an
`Attempt` and returns a hint, or None if all is right.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from helpers.scripts import capture_script

TIME_LIMIT = 20.0  # seconds

EXERCISES = {}


@dataclass(frozen=True)
class Attempt:
    """A learner's script and what it did.

    source  its text
    lines   what it printed, line by line
    """

    source: str
    lines: list[str]

    def calls(self, name):
        """Return whether the script calls a function or method of that name."""
        called = [node.func for node in ast.walk(ast.parse(self.source)) if isinstance(node, ast.Call)]
        return any(getattr(func, "attr", getattr(func, "id", None)) == name for func in called)


def exercise(function):
    """Make `function` the check of the exercise of its name."""
    EXERCISES[function.__name__] = function
    return function


def check(name):
    """Run the exercise `name` (the script `name`.py) and say whether it is right, or what is not.

    Raises ValueError for a name that no exercise has.
    """
    print(verdict(name, Path(f"{name}.py")))


def verdict(name, path):
    """Return what `check` prints, for the script at `path`."""
    if name not in EXERCISES:
        raise ValueError(f"There is no exercise {name!r}. Use one of {', '.join(sorted(EXERCISES))}.")
    if not path.is_file():
        return "Not yet: run the cell above first. It writes the script that is checked."
    source = path.read_text(encoding="utf-8")
    hint = hint_from_source(source) or hint_from_run(name, path, source)
    return f"Not yet: {hint}" if hint else f"Right. {EXERCISES[name].__doc__}"


def hint_from_source(source):
    """Return a hint for a mistake that shows before the script is run, or None."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return f"Python can't read line {error.lineno}: {error.msg}."
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return f"put your code in place of the ... in line {node.lineno}."
        if isinstance(node, ast.keyword) and node.arg == "target" and is_bare_call(node.value):
            name = ast.unparse(node.value.func)
            return f"line {node.lineno} calls {name} in this process. Hand over the function itself: target={name}, without brackets."
    return None


def is_bare_call(node):
    """Return whether the expression is a call without arguments, such as worker()."""
    return isinstance(node, ast.Call) and not node.args and not node.keywords


def hint_from_run(name, path, source):
    """Run the script and return the hint that fits what happened, or None if it is right."""
    ran = capture_script(path, TIME_LIMIT)
    if ran.timed_out:
        return f"the script had not ended after {TIME_LIMIT:g} s. Does something wait for what never comes?"
    for pattern, hint in COMMON_MISTAKES.items():
        if re.search(pattern, ran.output):
            return hint
    if ran.exit_code:
        error = ran.output.strip().splitlines()[-1:] or ["nothing said why"]
        return f"the script ended with an error: {error[0]}"
    if "Traceback" in ran.output:
        return f"a worker process ended with an error. run_script({path.name!r}) shows it."
    return EXERCISES[name](Attempt(source, ran.output.splitlines()))


COMMON_MISTAKES = {
    r"bootstrapping phase": "start processes only under if __name__ == '__main__': each new process reads the script again.",
    r"NoneType' object is not callable": "hand over the function itself, without brackets: worker, not worker().",
    r"[Cc]an't pickle|Can't get (local )?(object|attribute)": "define the worker with def at the top of the script: workers find it by its name.",
}


# --- 01 What is multiprocessing? ---


@exercise
def exercise_01a(attempt):
    """Each worker returned its number, and the parent added them up. That is how results come home."""
    if attempt.lines == ["total: 0"]:
        return (
            "the parent's total is still 0. Each worker added to a total of its own. Let it return its number instead."
        )
    if not attempt.calls("map"):
        return "let the pool do the work: pool.map(worker, numbers) returns a list of what the workers returned."
    if attempt.lines != ["total: 10"]:
        return f"the script should print one line, total: 10. It printed {attempt.lines}."
    return None


@exercise
def exercise_01b(attempt):
    """The pool returned what the loop returned, in the same order."""
    if not attempt.calls("Pool"):
        return "this still runs in one process. Make a pool: with multiprocessing.Pool(processes=2) as pool: ..."
    if not attempt.calls("map"):
        return "there is a pool, but no work for it. Call pool.map(count_primes, limits)."
    if attempt.lines != ["[168, 303, 430, 550]"]:
        return f"the results should be [168, 303, 430, 550], in this order. The script printed {attempt.lines}."
    return None
