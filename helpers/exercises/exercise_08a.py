"""Exercise 1 of notebook 08: a lock from the reading to the writing, and no longer."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
import time


def sell(tickets):
    left = tickets.value
    time.sleep(0.3)  # the customer pays
    tickets.value = left - 1


if __name__ == "__main__":
    tickets = multiprocessing.Value("i", 10)
    processes = [multiprocessing.Process(target=sell, args=(tickets,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("tickets left:", tickets.value)
"""

SOLUTION = """\
import multiprocessing
import time


def sell(tickets):
    time.sleep(0.3)  # the customer pays
    with tickets.get_lock():
        tickets.value -= 1


if __name__ == "__main__":
    tickets = multiprocessing.Value("i", 10)
    processes = [multiprocessing.Process(target=sell, args=(tickets,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("tickets left:", tickets.value)
"""

SELL = SOLUTION.partition("def sell(tickets):\n")[2].partition("\n\n\nif")[0]  # the body of the solution's function
LOCK_LINES = "with tickets.get_lock():\n    tickets.value -= 1"


def with_body(body, program=SOLUTION):
    """Return the solution with another body of `sell`."""
    return program.replace(SELL, body)


LOCK_AS_ARGUMENT = (
    with_body("    time.sleep(0.3)\n    with lock:\n        tickets.value = tickets.value - 1")
    .replace("def sell(tickets)", "def sell(tickets, lock)")
    .replace('Value("i", 10)\n', 'Value("i", 10)\n    lock = multiprocessing.Lock()\n')
    .replace("args=(tickets,)", "args=(tickets, lock)")
)


def check(attempt):
    if len([process for process in attempt.processes if process.exit_code == 0]) < 4:
        return Hint(
            "There should be four clerks, each a process that sells one ticket. Who sold them here?",
            "Start four processes with sell as their target, and join them all.",
            "multiprocessing.Process(target=sell, args=(tickets,))",
        )
    if attempt.one_by_one:
        return Hint(
            "The clerks work one after the other: each process was joined before the next one was started.",
            "Start all four in one loop, and join them in a second one.",
            "for process in processes:\n    process.start()\nfor process in processes:\n    process.join()",
        )
    if "Lock()" in attempt.source.partition("def sell")[2].partition("\nif ")[0]:
        return Hint(
            "Each process makes a lock of its own. Who else could wait for that one?",
            "All processes must use the same lock. A Value has one: get_lock() returns it.",
            LOCK_LINES,
        )
    if attempt.lines != ["tickets left: 6"]:
        return Hint(
            f"Four of ten tickets were sold. The program says {attempt.lines}. Who read the number before another one "
            "had written it?",
            "Hold a lock from the reading to the writing. A Value has one: get_lock() returns it.",
            LOCK_LINES,
        )
    if "get_lock()" not in attempt.source and "Lock()" not in attempt.source:
        return Hint(
            "The number is right this time. What if two clerks read it at the same moment? Nothing forbids that.",
            "Hold a lock while you read and write, even if that is only one line. A Value has one: get_lock() returns "
            "it.",
            LOCK_LINES,
        )
    return None


EXERCISE = Exercise(
    title="four clerks, ten tickets",
    task="""\
Four clerks, each a process, sell a ticket at the same time. Of ten tickets, six should be left. But the program says 9.

Fix it, so that no update is lost. There should still be four processes that work at the same time.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
It's also right to hold the lock while the customer pays. But then the other clerks wait that long, and four processes
are no quicker than one. Hold a lock for as short a time as you can: from the reading to the writing.
""",
    praise="The lock was held from the reading to the writing, so no ticket was sold twice.",
    mistakes="a lock for reading, another block for writing; a lock for each clerk; `-=` without a lock",
    ask="Who can read between your reading and your writing?",
    right=[
        LOCK_AS_ARGUMENT,
        with_body(
            "    with tickets.get_lock():\n        left = tickets.value\n        time.sleep(0.3)\n"
            "        tickets.value = left - 1"
        ),
    ],
    wrong=[
        (
            with_body(
                "    with tickets.get_lock():\n        left = tickets.value\n    time.sleep(0.3)\n"
                "    with tickets.get_lock():\n        tickets.value = left - 1"
            ),
            "Who read the number before another one had written it?",
        ),
        (
            with_body(
                "    left = tickets.value\n    time.sleep(0.3)\n    with tickets.get_lock():\n"
                "        tickets.value = left - 1"
            ),
            "Four of ten tickets were sold",
        ),
        (
            with_body(
                "    with multiprocessing.Lock():\n        left = tickets.value\n        time.sleep(0.3)\n"
                "        tickets.value = left - 1"
            ),
            "a lock of its own",
        ),
        (with_body("    time.sleep(0.3)\n    tickets.value -= 1"), "right this time"),
        (
            SOLUTION.replace(
                "        process.start()\n    for process in processes:\n        process.join()",
                "        process.start()\n        process.join()",
            ),
            "one after the other",
        ),
        (
            SOLUTION.partition("    processes = [")[0]
            + '    for _ in range(4):\n        sell(tickets)\n    print("tickets left:", tickets.value)\n',
            "There should be four clerks",
        ),
    ],
    check=check,
)
