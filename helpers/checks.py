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
        return name in called_in(ast.parse(self.source))

    def one_loop_calls(self, *names):
        """Return whether one and the same for or while loop calls functions or methods of all these names."""
        loops = [node for node in ast.walk(ast.parse(self.source)) if isinstance(node, ast.For | ast.While)]
        return any(called_in(loop) >= set(names) for loop in loops)


def called_in(tree):
    """Return the names of the functions and methods called in a syntax tree."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(func, "attr", getattr(func, "id", None)) for func in called}


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
    if lone := re.search(r"args=\(([^(),]+)\)", source):
        return f"{lone[0]} is no tuple: a tuple of one needs a comma, args=({lone[1]},)."
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return f"put your code in place of the ... in line {node.lineno}."
        if isinstance(node, ast.keyword) and node.arg == "target" and is_bare_call(node.value):
            name = ast.unparse(node.value.func)
            return (
                f"line {node.lineno} calls {name} in this process. "
                f"Hand over the function itself: target={name}, without brackets."
            )
    return None


def is_bare_call(node):
    """Return whether the expression is a call without arguments, such as worker()."""
    return isinstance(node, ast.Call) and not node.args and not node.keywords


def hint_from_run(name, path, source):
    """Run the script and return the hint that fits what happened, or None if it is right."""
    ran = capture_script(path, TIME_LIMIT)
    for pattern, hint in COMMON_MISTAKES.items():
        if re.search(pattern, ran.output):
            return hint
    if ran.timed_out:
        return f"the script had not ended after {TIME_LIMIT:g} s. Does something wait for what never comes?"
    if ran.exit_code:
        error = ran.output.strip().splitlines()[-1:] or ["nothing said why"]
        return f"the script ended with an error: {error[0]}"
    if "Traceback" in ran.output:
        return f"a worker process ended with an error. run_script({path.name!r}) shows it."
    return EXERCISES[name](Attempt(source, ran.output.splitlines()))


COMMON_MISTAKES = {
    r"argument after \* must be an iterable": "the arguments go into a tuple, even one alone: (number,), with a comma.",
    r"missing \d+ required positional argument": (
        "the worker was called with too few arguments. With Process all of them go into args=(...). "
        "In a pool, map hands over one item as one argument; starmap takes a tuple apart."
    ),
    r"bootstrapping phase": (
        "start processes only under if __name__ == '__main__', since each new process reads the script again."
    ),
    r"EOFError": "recv() found nothing: the child ended and had sent nothing. Let it send() its answer.",
    r"NoneType' object is not callable": "hand over the function itself, without brackets: worker, not worker().",
    r"[Cc]an't pickle|Can't get (local )?(object|attribute)|module '__(mp_)?main__' has no attribute": (
        "define the worker with def at the top of the script: workers find it by its name."
    ),
    r"urlopen error": "no server answered. Fetch the pages inside the block of with page_server(...).",
}


# --- 01 What is multiprocessing? ---


@exercise
def exercise_01a(attempt):
    """Each worker returned its number, and the parent added them up. That is how results come home."""
    if attempt.lines == ["total: 0"]:
        return "the parent's total is still 0. Each worker added to a total of its own. Let it return its number."
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


# --- 02 Processes or threads? ---


@exercise
def exercise_02a(attempt):
    """Eight threads waited for eight pages at the same time, and brought the sizes home in order."""
    if not any(map(attempt.calls, ("ThreadPool", "ThreadPoolExecutor", "Thread"))):
        if any(map(attempt.calls, ("Pool", "ProcessPoolExecutor", "Process"))):
            return "these are processes. They work too, but threads are enough for waiting: ThreadPool(processes=8)."
        return "the pages are still fetched one after the other. Make a pool: with ThreadPool(processes=8) as pool: ..."
    if re.search(r"submit\(.*\)\.result\(\)", attempt.source):
        return "submit(...).result() waits for each page before the next is begun. Use map, or submit all pages first."
    if attempt.lines and "<Future at" in attempt.lines[0]:
        return "submit returns a Future. Submit all pages first, and then ask each Future for its result()."
    if attempt.lines and "generator object" in attempt.lines[0]:
        return "executor.map returns an iterator. Make a list of it while the server runs: list(executor.map(...))."
    if attempt.lines != [str([16] * 8)]:
        return f"the list should hold the sizes of all eight pages, {[16] * 8}. The script printed {attempt.lines}."
    return None


@exercise
def exercise_02b(attempt):
    """Each worker process returned its count, and the program can be run under every start method."""
    if any(map(attempt.calls, ("ThreadPool", "ThreadPoolExecutor", "Thread"))):
        return "these are still threads. Take multiprocessing.Pool(processes=2) in place of ThreadPool."
    if not any(map(attempt.calls, ("Pool", "ProcessPoolExecutor", "Process"))):
        return "this runs in one process. Make a pool of two: with multiprocessing.Pool(processes=2) as pool: ..."
    if attempt.lines == ["[]"]:
        return "found is empty: each worker process appended to a list of its own. Let worker return its count instead."
    if attempt.lines != ["[168, 303, 430, 550]"]:
        return f"the script should print [168, 303, 430, 550]. It printed {attempt.lines}."
    if "__main__" not in attempt.source:
        return "this works with fork only. Put what starts the processes under if __name__ == '__main__':."
    return None


# --- 03 How do I create a process? ---


@exercise
def exercise_03a(attempt):
    """A process called greeter did the greeting, and the main process waited for it."""
    greeting, farewell = "Hello, Ada! I run in greeter.", "Main process exiting."
    if "Hello, Ada! I run in MainProcess." in attempt.lines:
        return (
            "the main process still does the greeting. "
            "Create a Process with target=greet, and call its start(), not greet() or run()."
        )
    if not attempt.calls("start"):
        return "nothing greets. A process runs once you call its start()."
    if not attempt.calls("join"):
        return "wait for the process with join() before the last line is printed."
    if any(line.startswith("Hello, Ada! I run in Process-") for line in attempt.lines):
        return 'the process greets under the name that it was given. Name it yourself: Process(..., name="greeter").'
    if attempt.lines == [farewell, greeting]:
        return "the last line came first. Call join() before it is printed."
    if attempt.lines != [greeting, farewell]:
        return f"the script should print {[greeting, farewell]}. It printed {attempt.lines}."
    if "__main__" not in attempt.source:
        return "this works with fork only. Put what starts the process under if __name__ == '__main__':."
    return None


@exercise
def exercise_03b(attempt):
    """The child did the work and sent the answer home."""
    if attempt.calls("exit") or attempt.calls("_exit"):
        return "an exit code says how a process ended, and holds small numbers only. Let the child send its answer."
    if attempt.calls("multiply"):
        return "here the main process calls multiply. Leave that to the child, with target=multiply."
    if not attempt.calls("Process"):
        return "leave the work to a Process, with target=multiply."
    if attempt.lines == ["answer: 0"]:
        return "0 is the exit code: the child ran without an error. What it returned is lost. Let it send its answer."
    if attempt.lines == ["answer: None"]:
        return "start() and join() return None, whatever the child returns. Let it send its answer through a pipe."
    if attempt.lines != ["answer: 42"]:
        return f"the script should print one line, answer: 42. It printed {attempt.lines}."
    return None


# --- 04 What is a pool? ---


@exercise
def exercise_04a(attempt):
    """One pool did all tasks, so start-up was paid for two workers only."""
    if not attempt.calls("Pool"):
        return "there is no pool any more. Keep one: with multiprocessing.Pool(processes=2) as pool: ..."
    if len(attempt.lines) != 2 or not attempt.lines[1].startswith("processes that worked: "):
        return f"keep the two lines that print. The script printed {attempt.lines}."
    if attempt.lines[0] != "[168, 303, 430, 550, 669, 783, 900, 1007]":
        return f"the first line should be the results of all eight limits, in their order. It was {attempt.lines[0]}."
    if int(attempt.lines[1].split()[-1]) > 2:
        return "more than two processes worked. Make one pool of two workers, outside any loop, for all the limits."
    return None


@exercise
def exercise_04b(attempt):
    """The workers shared the long tasks. None of them got all four."""
    if not attempt.calls("map"):
        return "leave the work to pool.map, and change its chunksize."
    if "[100_000, 100_000, 100_000, 100_000, 10, 10, 10, 10]" not in attempt.source:
        return "leave the limits as they are. You don't always choose the order of your tasks."
    if len(attempt.lines) != 1 or not attempt.lines[0].startswith("long tasks of the busiest worker: "):
        return f"keep the line that prints. The script printed {attempt.lines}."
    if attempt.lines[0].endswith(" 4"):
        return "one worker still got all four long tasks: they were in one chunk. Make the chunks smaller."
    if "chunksize=3" in attempt.source:
        return "with chunks of three, one worker still gets three of the four long tasks. Make the chunks smaller."
    return None


# --- 05 Use a pool ---


@exercise
def exercise_05a(attempt):
    """starmap took each pair apart and handed over both numbers."""
    if not attempt.calls("Pool"):
        return "this runs in one process. Make a pool: with multiprocessing.Pool(processes=4) as pool: ..."
    if "Result object" in " ".join(attempt.lines):
        return "the script printed a handle. Call its get() inside the with block, or use starmap, which waits."
    if attempt.lines != ["[8, 9, 1000]"]:
        return f"the script should print one line, [8, 9, 1000]. It printed {attempt.lines}."
    return None


@exercise
def exercise_05b(attempt):
    """The parent waited for each result while the workers were still there."""
    if not attempt.calls("apply_async"):
        return "keep apply_async, which does not wait. Then ask each handle for its result, in time."
    if attempt.lines == ["[]"]:
        return "no result was ready yet. get() waits: ask every handle, ready or not, before the with block ends."
    if "Result object" in " ".join(attempt.lines):
        return "the script printed the handles. Call get() on each of them."
    if attempt.lines != ["[7837, 2262, 6057, 4203]"]:
        return f"the results should be [7837, 2262, 6057, 4203], in this order. The script printed {attempt.lines}."
    return None


# --- 06 Four processes, each printing a different number ---


@exercise
def exercise_06a(attempt):
    """All four were started before the first was joined, so they worked at the same moment."""
    started = [f"started {number}" for number in range(1, 5)]
    joined = [f"joined {number}" for number in range(1, 5)]
    *lines, last = attempt.lines or [""]
    if not attempt.calls("join"):
        return "nothing waits for the processes any more. Start all four first, then join them in a second loop."
    if lines == [line for pair in zip(started, joined) for line in pair]:
        return "process 1 is joined before process 2 is started. Start all four first, then join them in a second loop."
    if lines[:4] != started or not last.startswith("still running: "):
        return f"keep the lines that print, and the processes 1 to 4 in order. The script printed {attempt.lines}."
    if last != "still running: 0":
        return "the script went on while some still ran. Keep all four processes in a list, and join each of them."
    if sorted(lines[4:]) != joined:
        return f"the script should print joined for each of the four. It printed {attempt.lines}."
    return None


@exercise
def exercise_06b(attempt):
    """The processes ended in any order, and their results were printed in the order of their numbers."""
    counts = [7837, 4203, 2922, 2262]
    wanted = [f"Process {number}: {count} primes" for number, count in enumerate(counts, start=1)]
    wanted.append("All processes completed.")
    if attempt.one_loop_calls("start", "join"):
        return "in order, but one after the other: each process is joined before the next is started. Use two loops."
    if sorted(attempt.lines) != sorted(wanted):
        return f"the script should print {wanted}. It printed {attempt.lines}."
    if not any(map(attempt.calls, ("put", "send", "map", "starmap", "imap", "submit", "apply_async"))):
        return (
            "the children print, so the order is that in which they end. "
            "Let each put (number, count) into a SimpleQueue, and let the parent sort and print."
        )
    if attempt.lines != wanted:
        return f"the results came home, in the order of their arrival. Sort them before you print: {attempt.lines}."
    return None
