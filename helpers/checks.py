"""Check the exercises, with hints that fit the mistake.

`%load_ext helpers.checks` gives a notebook the cell command `%%exercise`. `helpers.exercises` defines what each
exercise asks for. This module has what they all share.
"""

import ast
import os
import platform
import re
import tempfile
import textwrap
from collections import Counter
from dataclasses import dataclass, replace
from importlib.util import decode_source
from pathlib import Path

from IPython.core.error import UsageError
from IPython.display import clear_output

from helpers import exercises, progress
from helpers.exercises import Hint
from helpers.scripts.attempt import TIME_LIMIT, Attempt
from helpers.scripts.capture import PYTHON

MOST_LETTERS = 800  # characters of a hint that quotes what a script printed
MOST_LINES = 12  # lines shown of what a script printed
MOST_IN_LINE = 200  # characters shown of each of them
PYTHONS_OWN_FRAME = re.compile(r'  File "(?:/|[A-Z]:)[^\n]*\n(?:    [^\n]*\n)*')  # in a traceback

tries = Counter()  # (exercise, mistake) → how often it was made since the kernel started


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    right    whether the script is right
    opening  the first words that the learner reads
    hint     a `Hint`; if the script is right, its nudge is the praise
    output   what the script printed
    """

    right: bool
    opening: str
    hint: Hint
    output: str = ""

    @property
    def levels(self):
        """What to tell the learner: the first time, the second time, and from then on."""
        parts = [f"{self.opening} {shortened(self.hint.nudge)}", self.hint.way, textwrap.indent(self.hint.line, "    ")]
        parts = [part for part in parts if part]
        return ["\n".join(parts[:count]) for count in range(1, len(parts) + 1)]

    @property
    def text(self):
        """What to tell the learner the first time."""
        return self.levels[0]


class Blind(Exception):
    """The check could not see what the script did."""


# --- In the notebook ---


def load_ipython_extension(ipython):
    """Give the notebook the cell command `%%exercise`."""
    ipython.register_magic_function(exercise, magic_kind="cell")


def exercise(line, cell):
    """Save the cell as the file of an exercise, run that file as a script, and say whether it is right, or what isn't.

    line  which exercise, such as "03a"
    cell  the learner's program

    Raises UsageError for an exercise that does not exist.
    """
    name = f"exercise_{line.strip()}"
    if name not in exercises.names():
        known = ", ".join(known.removeprefix("exercise_") for known in exercises.names())
        raise UsageError(f"There is no exercise {line.strip()!r}. Use one of {known}.")
    path = Path(f"{name}.py")
    # the first line replaces the cell's own, so that line numbers are the same in both
    path.write_text(f"# {path}, saved by %%exercise\n{cell}", encoding="utf-8")
    print(f"Saved as {path}. Running it, for {TIME_LIMIT:g} seconds at most ...", flush=True)
    found = verdict(name, path)
    progress.note_try(name)
    clear_output(wait=True)
    print(told(name, found))


def told(name, found):
    """Note a `Verdict` on an exercise, and return what to tell the learner: more if it's the same mistake again."""
    if found.right:
        progress.note(name)
    mistake = name, found.hint.way or found.hint.nudge  # a nudge may quote what was printed this time
    level = min(tries[mistake], len(found.levels) - 1)
    tries[mistake] += 1
    said = [found.levels[level]]
    if found.output.strip():
        said.insert(0, f"Your program printed:\n{textwrap.indent(last_part(found.output), '    ')}\n")
    if level < len(found.levels) - 1:
        said.append(f"\n(Hint {level + 1} of {len(found.levels)}. For the next one, run the cell again.)")
    return "\n".join(said)


def last_part(output):
    """Return the last lines of what a script printed, each cut if it is too long."""
    lines = [line[:MOST_IN_LINE] for line in output.strip("\n").splitlines()]
    return "\n".join(lines if len(lines) <= MOST_LINES else ["...", *lines[-MOST_LINES:]])


# --- The verdict ---


def verdict(name, path, python=PYTHON):
    """Return the `Verdict` on the file at `path`. Raises ValueError for a name that no exercise has.

    python  the command that runs it, as `capture_script` takes it
    """
    exercise = exercises.find(name)
    try:
        hint, output = hint_from_source(path.read_bytes()), ""
        if not hint:
            hint, output = hint_from_use(exercise, path, python)
    except Blind as why:
        return Verdict(False, "This check can't tell.", Hint(str(why)))
    if hint:
        return Verdict(False, "Not yet.", hint, output)
    return Verdict(True, "Right.", Hint(exercise.praise), output)


def shortened(text):
    """Return a text, cut if it quotes too much of what a script printed."""
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} ..."


def hint_from_use(exercise, path, python):
    """Run the file at `path`, or a script that uses it as a module if the exercise has one.

    Returns a `Hint`, or None if it is right, and what was printed.
    """
    if not exercise.use:
        return hint_from_runs(exercise, path, python)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder, path.name).write_bytes(path.read_bytes())
        script = Path(folder, "use_it.py")
        script.write_text(exercise.use, encoding="utf-8")
        return hint_from_runs(exercise, script, python)


def hint_from_source(source):
    """Return a `Hint` for a mistake that can be seen without running the script, or None.

    source  the bytes of its file as an editor left them, perhaps with a byte order mark or in an encoding other than
            UTF-8
    """
    try:
        text = decode_source(source)
        tree = ast.parse(text)
    except SyntaxError as error:
        return Hint(f"Python can't read {quoted(error.text, error.lineno) or 'the file'}: {error.msg}.")
    except ValueError as error:  # not UTF-8 or, in early 3.11, a null byte
        return Hint(f"Python can't read the file: {error}.")
    in_types = {part for node in ast.walk(tree) if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value is Ellipsis and node not in in_types:
            line = text.splitlines()[node.lineno - 1]
            return Hint(
                f"There is still a gap to fill in: put your code in place of the ... in {quoted(line, node.lineno)}."
            )
    return None


def quoted(line, number):
    """Return a line of a script with its number, as a hint quotes it, or "" if the number is unknown."""
    if not number:
        return ""
    return f"line {number} (`{line.strip()}`)" if line else f"line {number}"


def hint_from_runs(exercise, script, python):
    """Run the script, and again under spawn if it was right under fork.

    Returns a `Hint`, or None if it is right, and what the script printed.
    """
    attempt = attempt_at(script, None, python)
    hint = hint_from_attempt(exercise, attempt)
    if not hint and attempt.forks:
        spawned = attempt_at(script, "spawn", python)
        if hint := hint_from_attempt(exercise, spawned):
            said = f"This works with fork only. With spawn, as on macOS and Windows, it fails. {hint.nudge}"
            return replace(hint, nudge=said), printed(spawned)
    return hint, printed(attempt)


def printed(attempt):
    """Return what a script printed, without its folder's path, and without Python's own lines in tracebacks."""
    return PYTHONS_OWN_FRAME.sub("", attempt.output.replace(f"{attempt.path.resolve().parent}{os.sep}", ""))


def attempt_at(script, start_method, python):
    """Run the script and return the `Attempt`: a second one, if the first was stopped with all its pools ended.

    Once in a few thousand runs, a Pool hangs at its end, which is not the learner's mistake.
    """
    attempt = Attempt(script, start_method, python)
    return Attempt(script, start_method, python) if attempt.timed_out and waits_for_ended_pool(attempt) else attempt


def waits_for_ended_pool(attempt):
    """Return whether the script made pools of processes, and all had ended when the script was stopped."""
    return bool(attempt.process_pools) and all(pool.ended for pool in attempt.process_pools)


def hint_from_attempt(exercise, attempt):
    """Return the `Hint` that fits what happened, or None if all is right. Raises Blind if it can't tell."""
    if hint := hint_from_common_mistakes(attempt) or hint_from_flood(attempt) or hint_from_errors(attempt):
        return hint
    if attempt.blind:
        raise Blind(
            f"It can't see everything that your program does in Python {platform.python_version()} ({attempt.blind}). "
            "Compare your program and its output with the solution."
        )
    return (
        hint_from_waiting(attempt) or hint_from_processes(attempt) or exercise.check(attempt) or hint_from_end(attempt)
    )


def hint_from_waiting(attempt):
    """Return a `Hint` for a script that did not end by itself, or None."""
    if not attempt.timed_out:
        return None
    if attempt.crowded:
        return Hint(
            "The script starts more and more processes. What makes it stop?",
            "Look for a loop that never ends, or for a number that is too large. Start processes in a for loop over a "
            "short list, under the guard.",
        )
    if attempt.workers_replaced:
        return Hint(
            "The pool's workers die as soon as they get a task, and new ones keep taking their place. Can a worker "
            "import the function?",
            "Define the function with def at the top of the file, above the guard.",
            'def worker(item):\n    ...\n\n\nif __name__ == "__main__":\n    ...',
        )
    if attempt.parent_is_busy or attempt.busy_processes:
        busy = "it" if attempt.parent_is_busy else attempt.busy_processes[0]
        return Hint(
            f"The script does not end: {busy} computes all the time. Does one of its loops run forever?",
            "Look at each while: what makes its condition false?",
        )
    if attempt.asleep:
        return Hint(
            f"The script does not end. After {TIME_LIMIT:g} seconds it still sleeps, or waits with a time limit.",
            "Make it wait for less time, and only for what will come.",
        )
    if waits_for_ended_pool(attempt):
        return Hint(
            "The script waits forever for a pool that has ended. Where does the with block end?",
            "The end of the with block ends the pool. Ask for the results inside the block.",
            "with multiprocessing.Pool(processes=2) as pool:\n    results = pool.map(worker, items)",
        )
    if attempt.waits_for_locks > 1:
        return Hint(
            "The script does not end: its processes wait for locks. Which lock does each of them hold meanwhile?",
            "Let all of them take the locks in the same order. Then whoever has the first one can get the second.",
            "first, second = sorted([...])    # the same two, whoever asks",
        )
    if attempt.processes and all(process.ended for process in attempt.processes):
        return Hint(
            "All processes have ended, and the parent waits forever for something that none of them sent. "
            "Who sends it?",
            "Make the child send() or put() its answer. With a pipe, also close the parent's copy of the sender after "
            "start(): then recv() raises EOFError instead of waiting forever.",
            "sender.send(answer)    # in the child\nsender.close()         # in the parent, after start()",
        )
    return Hint(
        "The script does not end. What does it wait for, and who will send that or end?",
        "First receive what the children send, then join them. A child can't end while what it sent has not been "
        "received.",
        "answer = queue.get()\nprocess.join()",
    )


def raised(attempt):
    """Return whether the script or one of its processes printed an error. Else it may just print the word."""
    return "Traceback (most recent call last)" in attempt.output


def hint_from_common_mistakes(attempt):
    """Return a `Hint` for an error whose cause is known, or None."""
    for pattern, hint in COMMON_MISTAKES.items():
        if raised(attempt) and (found := re.search(pattern, attempt.output)):
            said = [found.expand(hint.nudge), faulty_line(attempt)]
            return Hint(" ".join(filter(None, said)), hint.way, found.expand(hint.line))
    return None


def hint_from_flood(attempt):
    """Return a `Hint` for a script that printed too much, or None. Its errors may be those of a full file."""
    if not attempt.flooded or attempt.crowded:
        return None
    return Hint(
        f"The script printed too much, {attempt.printed / 1e6:.0f} MB, and was ended. Which of its loops goes on "
        "printing?",
        "Look at each loop around a print(): what ends it? A while loop needs a condition that becomes false.",
        "for number in range(3):\n    print(number)",
    )


def hint_from_errors(attempt):
    """Return a `Hint` for an error that the script or one of its processes printed, or None."""
    errors = re.findall(r"^\w[\w.]*(?:Error|Exception)\b.*", attempt.output, re.MULTILINE)
    if attempt.exit_code:
        said = f"The script ended with an error: {errors[-1] if errors else 'it did not say which'}."
    elif raised(attempt) and errors and not attempt.timed_out:
        said = f"A process ended with an error: {errors[-1]}."
    else:
        return None
    return Hint(" ".join(filter(None, [said, faulty_line(attempt)])))


def faulty_line(attempt):
    """Return a sentence that quotes the line of the script in which the first error was raised, or ""."""
    first = attempt.output.partition("Traceback (most recent call last)")[2].partition("Traceback (most recent")[0]
    named = re.findall(rf'File "[^"]*{re.escape(attempt.path.name)}", line (\d+)', first)
    lines = attempt.source.splitlines()
    if not named or int(named[-1]) > len(lines):
        return ""
    return f"It happened in {quoted(lines[int(named[-1]) - 1], named[-1])}."


def hint_from_processes(attempt):
    """Return a `Hint` for processes that were given nothing to do, or None."""
    for process in attempt.processes:
        if not process.runs:
            return Hint(
                f"{process.name} was given nothing to run. Who called the function?",
                "target=worker() calls worker in this process, and passes what it returns. Pass the function itself, "
                "and its arguments with args=(...).",
                "multiprocessing.Process(target=worker, args=(1,))",
            )
    return None


def hint_from_end(attempt):
    """Return a `Hint` for what the script leaves running, or None."""
    if not all(pool.ended for pool in attempt.pools):
        return Hint(
            "The results are right, but nothing ends the pool.",
            "Use it in a with block, or call close() and then join().",
            "with multiprocessing.Pool(processes=2) as pool:",
        )
    if attempt.left_alive:
        return Hint(
            "The results are right, but a process is still running when the script reaches its end.",
            "Wait for it.",
            "process.join()",
        )
    return None


DEFINE_AT_THE_TOP = Hint(
    "A function could not be sent to a worker, or not be found there. It travels by its name. Where is it defined?",
    "Define it with def at the top of the file, above the guard.",
    'def worker(item):\n    ...\n\n\nif __name__ == "__main__":\n    ...',
)

COMMON_MISTAKES = {
    r"(?s)(?:\(_handle_results\)|in wait_result_broken_or_wakeup).*?TypeError: (?:\w+\.)*?(\w+)\.__init__\(\)": Hint(
        r"The parent can't unpickle the error \1. With which arguments does Python make it anew?",
        "With those that super().__init__ was given. Give it all of them, and make the text in __str__.",
        "super().__init__(number, reason)",
    ),
    r"argument after \* must be an iterable": Hint(
        "The arguments of a process go into a tuple, even a single one. What makes a tuple?",
        "The comma does, not the parentheses.",
        "args=(number,)",
    ),
    r"takes \d+ positional arguments? but \d+ were given": Hint(
        "The function was called with too many arguments. Where do they come from?",
        "In place of a tuple, a string becomes one argument for each letter. A tuple becomes one for each element. A "
        "tuple of one element needs a comma.",
        'args=("Ada",)',
    ),
    r"missing \d+ required positional argument": Hint(
        "The function was called with too few arguments. How many does it need, and how many does it get?",
        "With Process, all of them go into args=(...). In a pool, map passes each item as one argument, while starmap "
        "unpacks a tuple into several.",
        "pool.starmap(worker, [(1, 2), (3, 4)])",
    ),
    r"bootstrapping phase": Hint(
        "A new process reads the script again. Which line must it not run then?",
        "Start processes and pools only under the guard.",
        'if __name__ == "__main__":\n    ...',
    ),
    r"OSError: connection is (read|write)-only": Hint(
        "A pipe has two ends, and this one goes the other way. Which end does Pipe(duplex=False) return first?",
        "It returns the receiver first, then the sender.",
        "receiver, sender = multiprocessing.Pipe(duplex=False)",
    ),
    r"EOFError: EOF when reading a line": Hint(
        "input() finds nothing: a script that is run here gets no input.",
        "Write the value into the program.",
    ),
    r"(?m)^EOFError$": Hint(
        "recv() found nothing: the child ended without sending anything.",
        "Make the child send its answer.",
        "sender.send(answer)",
    ),
    r"object is not callable": Hint(
        "Something that is not a function was called. Is there an extra pair of parentheses?",
        "Pass the function itself, without parentheses.",
        "target=worker",
    ),
    r"TypeError: cannot pickle '(?:\w+\.)?(\w+)' (?:object|instances)": Hint(
        r"Something on its way to another process can't be pickled: \1. What was sent, and what does that hold?",
        "A method takes its whole object along. Send a function at the top level of the file, and only the values that "
        "it needs.",
        "pool.map(partial(worker, value), items)",
    ),
    r"(\w+) objects should only be shared between processes through inheritance": Hint(
        r"A \1 was sent with a task. It can go to a process only while that is being started. Who starts the workers?",
        "The pool does. Give it to an initializer, which keeps it in a global variable of the worker.",
        "multiprocessing.Pool(processes=2, initializer=set_up, initargs=(queue,))",
    ),
    r"context has already been set": Hint(
        "The start method of a program can be set only once. Who has set it before?",
        "Set nothing. Get a context instead: it has its own Process and Pool, with the start method that you name.",
        'context = multiprocessing.get_context("spawn")',
    ),
    r"[Cc]an't pickle|Can't get (local )?(object|attribute)|module '__(mp_)?main__' has no attribute": (
        DEFINE_AT_THE_TOP
    ),
    r"ImportError: cannot import name '(\w+)' from 'exercise_": Hint(
        r"The script looks for \1 in your module and doesn't find it. What is your function called?",
        "Give the function the name that the task asks for.",
        r"def \1(...):",
    ),
    r"TypeError: .*'NoneType'": Hint(
        "There is a None where a result should be. Where does it come from?",
        "A function without a return statement returns None. Make the worker return its result.",
        "return result",
    ),
    r"NameError: name '(\w+)' is not defined": Hint(
        r"The name \1 is not defined where it is used. Which process sets it, and which one uses it?",
        "A new process doesn't have what the parent sets under its guard. A name that a function sets is local, unless "
        "the function declares it global.",
        r"global \1",
    ),
    r"urlopen error": Hint(
        "No server answered. Was it still there?",
        "Fetch the pages inside the with block of page_server.",
        "with page_server(latency=0.1) as address:\n    ...",
    ),
}
