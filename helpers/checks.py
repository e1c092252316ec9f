"""Check the exercises, with a hint that speaks of the mistake made.

`helpers.exercises` has what each exercise asks for. Here is what all have in common.
"""

import ast
import platform
import re
import shutil
import tempfile
import textwrap
from dataclasses import dataclass
from importlib.util import decode_source
from pathlib import Path

from helpers import exercises, progress
from helpers.scripts.attempt import TIME_LIMIT, Attempt

MOST_LETTERS = 800  # of a hint


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    right  whether the script is right
    text   what the learner is told
    """

    right: bool
    text: str


class Blind(Exception):
    """The check could not see what the script did."""


def check(name):
    """Run the exercise `name` (the file `name`.py) and say whether it is right, or what is not.

    Raises ValueError for a name that no exercise has.
    """
    found = verdict(name, Path(f"{name}.py"))
    if found.right:
        progress.note(name)
    print(found.text)


def verdict(name, path):
    """Return the `Verdict` on the file at `path`. Raises ValueError for a name that no exercise has."""
    exercise = exercises.find(name)
    if not path.is_file():
        return Verdict(False, "Not yet: run the cell above first. It writes the file that is checked.")
    try:
        hint = hint_from_source(path.read_bytes()) or hint_from_use(exercise, path)
    except Blind as why:
        return Verdict(False, f"This check can't tell: {why}")
    if hint:
        return Verdict(False, f"Not yet: {shortened(hint)}")
    return Verdict(True, f"Right. {exercise.praise}")


def shortened(hint):
    """Return the hint without the rest of what the script printed, if that was very much."""
    return hint if len(hint) <= MOST_LETTERS else f"{hint[:MOST_LETTERS]} ..."


def hint_from_use(exercise, path):
    """Return the hint from running the file at `path`, or a script that uses it as a module if the exercise has one."""
    if not exercise.use:
        return hint_from_runs(exercise, path)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shutil.copy(path, folder)
        script = Path(folder, "use_it.py")
        script.write_text('if __name__ == "__main__":\n' + textwrap.indent(exercise.use, "    "), encoding="utf-8")
        return hint_from_runs(exercise, script)


def hint_from_source(source):
    """Return a hint for a mistake that shows before the script is run, or None.

    source  the bytes of its file, as an editor left them: with a byte order mark, or in another encoding than UTF-8
    """
    try:
        tree = ast.parse(decode_source(source))
    except SyntaxError as error:
        place = f"line {error.lineno}" if error.lineno else "the file"
        return f"Python can't read {place}: {error.msg}."
    except ValueError as error:  # not UTF-8; or a null byte, in early 3.11
        return f"Python can't read the file: {error}."
    in_types = {part for node in ast.walk(tree) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value is Ellipsis and node not in in_types:
            return f"put your code in place of the ... in line {node.lineno}."
    return None


def hint_from_runs(exercise, script):
    """Run the script, and once more under spawn if it was right under fork. Return a hint, or None if it is right."""
    attempt = attempt_at(script)
    hint = hint_from_attempt(exercise, attempt)
    if not hint and attempt.forks:
        hint = hint_from_attempt(exercise, attempt_at(script, start_method="spawn"))
        if hint:
            return f"this works with fork only. With spawn, as on macOS and Windows: {hint}"
    return hint


def attempt_at(script, start_method=None):
    """Run the script and return the `Attempt`: the second one, if the first was given up with all its pools ended.

    Once in some thousands of times a Pool hangs at its end, which is no mistake of the learner's.
    """
    attempt = Attempt(script, start_method)
    return Attempt(script, start_method) if attempt.timed_out and waits_for_ended_pool(attempt) else attempt


def waits_for_ended_pool(attempt):
    """Return whether all pools of processes had ended when the script was given up, if it made any."""
    return bool(attempt.process_pools) and all(pool.ended for pool in attempt.process_pools)


def hint_from_attempt(exercise, attempt):
    """Return the hint that fits what happened, or None if all is right. Raises Blind if that can't be known."""
    if hint := hint_from_errors(attempt):
        return hint
    if attempt.blind:
        raise Blind(
            f"it can't see all that your program does in Python {platform.python_version()} ({attempt.blind}). "
            "Compare your program with the solution, and what it prints."
        )
    return (
        hint_from_waiting(attempt) or hint_from_processes(attempt) or exercise.check(attempt) or hint_from_end(attempt)
    )


def hint_from_waiting(attempt):
    """Return a hint for a script that did not end by itself."""
    if not attempt.timed_out:
        return None
    if attempt.crowded:
        return "more and more processes are started. Does a loop go round for ever, or is the number too large?"
    if attempt.workers_replaced:
        return (
            "the pool's workers end as soon as they get a task, and new ones take their place, for ever. "
            "Can they import the function? Define it with def at the top of the file."
        )
    if attempt.parent_is_busy:
        return "the script does not end: it computes all the time. Does one of its loops go round for ever?"
    if attempt.busy_processes:
        busy = attempt.busy_processes[0]
        return f"the script does not end: {busy} computes all the time. Does one of its loops go round for ever?"
    if attempt.asleep:
        return (
            f"the script does not end: after {TIME_LIMIT:g} s it still sleeps, or waits with a time limit. "
            "Let it wait for less, and only for what will come."
        )
    if waits_for_ended_pool(attempt):
        return (
            "the script waits for ever for a pool that has ended: the end of the with block ends it. "
            "Ask for the results inside the block."
        )
    if attempt.processes and all(process.ended for process in attempt.processes):
        return (
            "all processes have ended, and the parent waits for ever for something that none of them sent. "
            "Let the child send() or put() its answer. With a pipe, also call sender.close() in the parent after "
            "start(): then recv() raises EOFError where it would wait for ever."
        )
    return "the script does not end. Does something wait for what never comes, or go round for ever?"


def hint_from_errors(attempt):
    """Return a hint for an error that the script or one of its processes printed."""
    raised = "Traceback (most recent call last)" in attempt.output  # or else the script itself may speak of errors
    for pattern, hint in COMMON_MISTAKES.items():
        if raised and (found := re.search(pattern, attempt.output)):
            return found.expand(hint)
    errors = re.findall(r"^\w[\w.]*(?:Error|Exception)\b.*", attempt.output, re.MULTILINE)
    if attempt.exit_code:
        return f"the script ended with an error: {errors[-1] if errors else 'it did not say which'}"
    if raised and errors and not attempt.timed_out:
        return f"a process ended with an error: {errors[-1]}"
    return None


def hint_from_processes(attempt):
    """Return a hint for processes that had nothing to do."""
    for process in attempt.processes:
        if not process.runs:
            return (
                f"{process.name} was given nothing to run. target=worker() calls worker in this process. "
                "Hand over the function itself, target=worker, and its arguments with args=(...)."
            )
    return None


def hint_from_end(attempt):
    """Return a hint for what the script leaves running."""
    if not all(pool.ended for pool in attempt.pools):
        return "all is right, but the pool is never ended. Use it in a with block, or call close() and then join()."
    if attempt.left_alive:
        return "all is right, but a process still runs when the script has come to its end. Wait for it with join()."
    return None


COMMON_MISTAKES = {
    r"argument after \* must be an iterable": "the arguments go into a tuple, even one alone: (number,), with a comma.",
    r"takes \d+ positional arguments? but \d+ were given": (
        "the worker was called with too many arguments. A text in place of a tuple does this: each letter becomes "
        'an argument. A tuple of one has a comma: args=("Ada",).'
    ),
    r"missing \d+ required positional argument": (
        "the worker was called with too few arguments. With Process all of them go into args=(...). "
        "In a pool, map hands over one item as one argument; starmap takes a tuple apart."
    ),
    r"bootstrapping phase": (
        "start processes only under if __name__ == '__main__', since each new process reads the script again."
    ),
    r"OSError: connection is (read|write)-only": (
        "this end of the pipe goes the other way. Pipe(duplex=False) returns the receiver first, then the sender."
    ),
    r"EOFError: EOF when reading a line": (
        "input() finds nothing: a script that is run here gets no input. Write the value into the program."
    ),
    r"(?m)^EOFError$": "recv() found nothing: the child ended and had sent nothing. Let it send() its answer.",
    r"object is not callable": "hand over the function itself, without brackets: worker, not worker().",
    r"[Cc]an't pickle|Can't get (local )?(object|attribute)|module '__(mp_)?main__' has no attribute": (
        "define the worker with def at the top of the file: workers find it by its name."
    ),
    r"TypeError: .*'NoneType'": "None stands where a result should be. Does the worker return its result?",
    r"NameError: name '(\w+)' is not defined": (
        r"the name \1 is not defined where it is used. What the parent sets under its guard, a new process does not "
        "have. What a function sets is its own, unless it says global."
    ),
    r"urlopen error": "no server answered. Fetch the pages inside the block of with page_server(...).",
}
