"""Exercise 2 of notebook 09: two locks, always in the same order."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
import time


def move(source, target, amount, accounts):
    with accounts[source].get_lock():
        time.sleep(0.2)
        with accounts[target].get_lock():
            accounts[source].value -= amount
            accounts[target].value += amount


if __name__ == "__main__":
    accounts = {"a": multiprocessing.Value("i", 100), "b": multiprocessing.Value("i", 100)}
    processes = [
        multiprocessing.Process(target=move, args=("a", "b", 30, accounts)),
        multiprocessing.Process(target=move, args=("b", "a", 20, accounts)),
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("a:", accounts["a"].value, "b:", accounts["b"].value)
"""

SOLUTION = (
    GIVEN.replace(
        "    with accounts[source].get_lock():",
        "    first, second = sorted([source, target])\n    with accounts[first].get_lock():",
    )
).replace("        with accounts[target].get_lock():", "        with accounts[second].get_lock():")

ANSWER = "a: 90 b: 110"
LOCKED = """\
    with accounts[source].get_lock():
        time.sleep(0.2)
        with accounts[target].get_lock():
            accounts[source].value -= amount
            accounts[target].value += amount
"""
UNLOCKED = """\
    time.sleep(0.2)
    accounts[source].value -= amount
    accounts[target].value += amount
"""
ONE_LOOP = """\
    for process in processes:
        process.start()
        process.join()
"""
TWO_LOOPS = ONE_LOOP.replace("        process.join()\n", "    for process in processes:\n        process.join()\n")


def check(attempt):
    if "with " not in attempt.source and ".acquire(" not in attempt.source:
        return Hint(
            "No process takes a lock. What if both change the same account at the same moment?",
            "Keep both locks, and only change the order in which they're taken.",
            "with accounts[first].get_lock():",
        )
    if len(attempt.processes) < 2:
        return Hint(
            "The task has two processes, one for each move. Where are they?",
            "Keep the list of processes as it is. What has to change is in move.",
            "first, second = sorted([source, target])",
        )
    if attempt.one_by_one:
        return Hint(
            "The second process was started when the first one had ended. What would a bank with a thousand customers "
            "say?",
            "Start both, then join both. Put the cure into move: take the locks in the same order in both processes.",
            "first, second = sorted([source, target])",
        )
    if attempt.lines != [ANSWER]:
        return Hint(
            f"The program should print {ANSWER}. It printed {attempt.lines}. What is different?",
            "Only the order of the locks depends on the names. The money still goes from source to target.",
            "accounts[source].value -= amount",
        )
    return None


EXERCISE = Exercise(
    title="two accounts, two locks",
    task="""\
Two processes move money between two accounts, in opposite directions. Each `Value` has a lock of its own, which
`get_lock()` returns. The program hangs.

Fix it, so that it prints `a: 90 b: 110`. Both processes should still run at the same time, and whoever changes an
account should still hold its lock.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "Names can be sorted, and are the same in each process. A single lock for all accounts would work too, "
        "but then only one move could happen at a time, even between accounts that have nothing to do with each other."
    ),
    praise="Both processes take the locks in the same order, so there is no circle.",
    mistakes="change the nap; drop the locks; one process after the other",
    ask="Which lock does each hold while it waits?",
    right=[
        SOLUTION.replace("sorted([source, target])", "min(source, target), max(source, target)"),
        GIVEN.replace(
            LOCKED,
            '    with accounts["a"].get_lock(), accounts["b"].get_lock():\n'
            "        accounts[source].value -= amount\n        accounts[target].value += amount\n",
        ),
    ],
    wrong=[
        (GIVEN.replace("0.2", "0.5"), "Which lock does each of them hold meanwhile?"),
        (GIVEN.replace(LOCKED, UNLOCKED), "No process takes a lock"),
        (GIVEN.replace(TWO_LOOPS, ONE_LOOP), "started when the first one had ended"),
        (
            SOLUTION.replace("accounts[source].value", "accounts[first].value").replace(
                "accounts[target].value", "accounts[second].value"
            ),
            "What is different?",
        ),
        (
            SOLUTION.replace("    for process in processes:\n        process.start()\n", "")
            .replace("        process.join()\n", "        move(*process)\n")
            .replace("multiprocessing.Process(target=move, args=", "")
            .replace(", accounts)),", ", accounts),"),
            "Where are they?",
        ),
    ],
    check=check,
)
