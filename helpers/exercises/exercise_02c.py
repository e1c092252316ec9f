"""Exercise 3 of notebook 02: threads check and then act, and another one comes in between."""

import ast
from textwrap import indent

from helpers.exercises import Exercise, Hint

GIVEN = """\
import time
from threading import Thread

seats = 20
tickets = []


def sell(customers):
    global seats
    for customer in customers:
        if seats > 0:
            time.sleep(0.01)  # the customer pays
            seats = seats - 1
            tickets.append(customer)


if __name__ == "__main__":
    threads = [Thread(target=sell, args=(range(first, 40, 4),)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(len(tickets), "tickets for 20 seats")
"""

SALE = """\
        if seats > 0:
            time.sleep(0.01)  # the customer pays
            seats = seats - 1
            tickets.append(customer)
"""

WITH_A_LOCK = GIVEN.replace("import Thread", "import Lock, Thread").replace(
    "seats = 20\n", "seats = 20\nlock = Lock()\n"
)

SOLUTION = WITH_A_LOCK.replace(
    SALE,
    """\
        with lock:
            if seats == 0:
                return
            seats = seats - 1
        time.sleep(0.01)  # the customer pays
        tickets.append(customer)
""",
)

WHOLE_SALE_LOCKED = WITH_A_LOCK.replace(SALE, "        with lock:\n" + indent(SALE, "    "))

COUNTDOWN_LOCKED = WITH_A_LOCK.replace(
    "            seats = seats - 1", "            with lock:\n                seats = seats - 1"
)

PAYS_LAST = GIVEN.replace(
    SALE,
    """\
        if seats >= 0:
            seats = seats - 1
            tickets.append(customer)
            time.sleep(0.01)  # the customer pays
""",
)

SEMAPHORE = (
    GIVEN.replace("import Thread", "import Semaphore, Thread")
    .replace("seats = 20\n", "seats = Semaphore(20)\n")
    .replace("    global seats\n", "")
    .replace("if seats > 0:", "if seats.acquire(blocking=False):")
    .replace("            seats = seats - 1\n", "")
)


GUARDS = ("Lock", "Condition", "Semaphore")


def makes_a_lock_in_a_function(source):
    """Return whether a function of the script makes a lock, so that each call has one of its own."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    calls = [node.func for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)]
    return any("Lock" in (getattr(called, "id", ""), getattr(called, "attr", "")) for called in calls)


def hint_from_luck(attempt):
    """Return a `Hint` if the right number is luck: all threads change one variable, and no lock protects it."""
    if "global seats" not in attempt.source or any(guard in attempt.source for guard in GUARDS):
        return None
    return Hint(
        "The number is right, since little time passes between the check and the countdown. What if a thread has to "
        "pause just there?",
        "Make one lock for all threads. Check the seats and count them down while you hold it.",
        "with lock:\n    if seats == 0:\n        return\n    seats = seats - 1",
    )


def check(attempt):
    if attempt.calls_in_children("sell"):
        return Hint(
            "Processes sell the tickets here, and each has seats and tickets of its own. Who has to share them?",
            "Keep the threads, which share their memory, and protect what they share with a lock.",
            "threads = [Thread(target=sell, args=(range(first, 40, 4),)) for first in range(4)]",
        )
    if not attempt.overlapped("sell"):
        return Hint(
            "The four sellers don't work at the same time anymore. When does the second one start?",
            "Start all four threads before you join the first, and let a lock keep them apart for a moment only.",
            "for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()",
        )
    if attempt.lines == ["20 tickets for 20 seats"]:
        return hint_from_luck(attempt)
    if makes_a_lock_in_a_function(attempt.source):
        return Hint(
            "There is a lock, but it stops nobody. How many locks do four sellers make?",
            "A lock works only if all threads use the same one. Make it once, beside the seats.",
            "lock = Lock()",
        )
    if "Lock" in attempt.source:
        return Hint(
            "There is a lock, but others can still get in at the wrong moment. What happens between the line that "
            "checks the seats and the line that counts them down?",
            "Check and count down in one block of the lock, so that no other seller can come in between.",
            "with lock:\n    if seats == 0:\n        return\n    seats = seats - 1",
        )
    return Hint(
        "It should print 20 tickets for 20 seats. While one customer pays, what do the other sellers see in seats?",
        "Make one lock for all threads. Check the seats and count them down while you hold it.",
        "with lock:\n    if seats == 0:\n        return\n    seats = seats - 1",
    )


EXERCISE = Exercise(
    title="sold out",
    task="""\
Four threads sell the tickets for 20 seats to 40 customers. They sell too many. Run the cell and see.

Find out why, and change `sell` so that the program prints `20 tickets for 20 seats`.
The four must still sell at the same time.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
Checking and counting down belong together, so they are in one block of the lock.
The customers pay outside of it, so four of them can pay at once.
""",
    praise="No thread can come between the check and the countdown anymore.",
    mistakes="lock the countdown only; a lock for each seller; sell one after the other",
    ask="What can happen between the check and the countdown?",
    right=[WHOLE_SALE_LOCKED, SEMAPHORE],
    wrong=[
        (COUNTDOWN_LOCKED, "others can still get in at the wrong moment"),
        (
            WHOLE_SALE_LOCKED.replace("\nlock = Lock()\n", "\n").replace(
                "    global seats\n", "    global seats\n    lock = Lock()\n"
            ),
            "How many locks do four sellers make?",
        ),
        (
            GIVEN.replace("thread.start()\n    for thread in threads:\n    ", "thread.start()\n    "),
            "don't work at the same time",
        ),
        (
            GIVEN.replace("from threading import Thread", "from multiprocessing import Process as Thread"),
            "Processes sell the tickets here",
        ),
        (PAYS_LAST.replace("seats >= 0", "seats > 0"), "What if a thread has to pause just there?"),
        (PAYS_LAST, "what do the other sellers see"),
    ],
    check=check,
)
