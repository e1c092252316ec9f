"""Exercise 3 of notebook 07: a context chooses a start method for a part of the program, set_start_method for all."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing


def greet(name):
    print("Hello,", name)


def run_in_a_fresh_python(target, *args):
    multiprocessing.set_start_method("spawn")
    process = multiprocessing.Process(target=target, args=args)
    process.start()
    process.join()
    return process.exitcode


if __name__ == "__main__":
    run_in_a_fresh_python(greet, "Ada")
    run_in_a_fresh_python(greet, "Grace")
"""

SOLUTION = """\
import multiprocessing


def greet(name):
    print("Hello,", name)


def run_in_a_fresh_python(target, *args):
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=args)
    process.start()
    process.join()
    return process.exitcode


if __name__ == "__main__":
    run_in_a_fresh_python(greet, "Ada")
    run_in_a_fresh_python(greet, "Grace")
"""

SET = '    multiprocessing.set_start_method("spawn")\n'
ANSWER = ["Hello, Ada", "Hello, Grace"]

GET_CONTEXT = Hint(
    "Not every process was started with spawn, or only because that's the default here. Who chooses the start method?",
    "Get a context for spawn, and let it make the process.",
    'context = multiprocessing.get_context("spawn")\nprocess = context.Process(target=target, args=args)',
)


def check(attempt):
    if "set_start_method" in attempt.source:
        return Hint(
            "It works, but the start method of the whole program has changed. What if another part relies on its own?",
            "Don't set anything. Get a context for spawn, and let it make the process.",
            'context = multiprocessing.get_context("spawn")\nprocess = context.Process(target=target, args=args)',
        )
    methods = {process.start_method for process in attempt.processes}
    if methods != {"spawn"} or not any(
        way in attempt.source for way in ("get_context", "SpawnProcess", "SpawnContext")
    ):
        return GET_CONTEXT
    if sorted(attempt.lines) != ANSWER:
        return Hint(
            f"The program should greet Ada and then Grace. It printed {attempt.lines}. What is different?",
            "Keep greet and the last two lines as they are.",
            'run_in_a_fresh_python(greet, "Ada")\nrun_in_a_fresh_python(greet, "Grace")',
        )
    return None


EXERCISE = Exercise(
    title="a start method for a part of the program",
    task="""\
The function `run_in_a_fresh_python` is meant for a library. It runs a function in a process that is started with spawn.
It works once, and the second call fails.

Make it work for any number of calls. What other parts of the program do, and with which start method, is none of its
business, so it must not change the default.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="A context has a `Pool`, a `Queue` and a `Lock`, too. Take them all from the same one.",
    praise="Both processes were started with spawn, and the default is what it was.",
    mistakes="`force=True`; set it under the guard; forget to use the context",
    ask="What if another part relies on its own?",
    right=[
        SOLUTION.replace(
            '    context = multiprocessing.get_context("spawn")\n    process = context.Process',
            '    process = multiprocessing.get_context("spawn").Process',
        ),
        SOLUTION.replace('    context = multiprocessing.get_context("spawn")\n', "").replace(
            "\n\n\ndef greet", '\n\ncontext = multiprocessing.get_context("spawn")\n\n\ndef greet', 1
        ),
    ],
    wrong=[
        (GIVEN.replace('"spawn")', '"spawn", force=True)'), "of the whole program"),
        (
            GIVEN.replace(SET, "").replace('__main__":\n', '__main__":\n' + SET),
            "of the whole program",
        ),
        (GIVEN.replace(SET, ""), "Who chooses the start method?"),
        (SOLUTION.replace("context.Process", "multiprocessing.Process"), "Who chooses the start method?"),
        (
            SOLUTION.replace("    process.join()\n", "").replace("process.exitcode", "process"),
            "is still running",
        ),
    ],
    check=check,
)
