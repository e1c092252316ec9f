"""Exercise 3 of notebook 01: a whole program that searches in parallel, with its guard."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from helpers.workers import hash_password

WANTED = "76f371032b1d939cc333b57dee2caf10b8445b914f74c6f456bb5ac54e670357"
pins = [f"{number:03}" for number in range(1000)]  # "000" to "999"


def worker(pin):
    return hash_password(pin, rounds=1000)


# Write your program here.
"""

MAIN = """\
if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        hashes = pool.map(worker, pins)
    print("The PIN is", pins[hashes.index(WANTED)])
"""

SOLUTION = "import multiprocessing\n\n" + GIVEN.replace("# Write your program here.\n", MAIN)


def check(attempt):
    if not attempt.calls("hash_password"):
        return Hint(
            "Nothing has been hashed yet. Who will call worker, and with what?",
            "Make a pool of two workers under the guard, and let its map call worker with each of the PINs.",
            "with multiprocessing.Pool(processes=2) as pool:\n    hashes = pool.map(worker, pins)",
        )
    if not attempt.calls_in_children("hash_password"):
        return Hint(
            "All PINs were hashed in the parent. What were the workers for?",
            "Leave the hashing to a pool of two workers.",
            "hashes = pool.map(worker, pins)",
        )
    if attempt.lines_of_children:
        return Hint(
            "A worker printed something. Who should print?",
            "Let the worker return what it found, and print in the parent.",
            'print("The PIN is", pins[hashes.index(WANTED)])',
        )
    if any(pool.size != 2 for pool in attempt.process_pools):
        return Hint(
            f"The pool has {attempt.process_pools[0].size} workers. How many does the task ask for?",
            "Say how many workers you want when you make the pool.",
            "multiprocessing.Pool(processes=2)",
        )
    if attempt.one_by_one:
        return Hint(
            "There are two workers, but never more than one of them is at work. What does each call wait for?",
            "Hand over all PINs in one call, so that both workers have something to do.",
            "hashes = pool.map(worker, pins)",
        )
    if attempt.lines != ["The PIN is 618"]:
        return Hint(
            f"The program should print one line, such as: The PIN is 000. It printed {attempt.lines}. "
            "Which hash belongs to which PIN?",
            "map returns the hashes in the order of the PINs. So the PIN is at the same place in pins as WANTED is in "
            "the list of hashes.",
            'print("The PIN is", pins[hashes.index(WANTED)])',
        )
    return None


EXERCISE = Exercise(
    title="find a forgotten PIN",
    task="""\
Somebody has forgotten a PIN of three digits. All that's left is its *hash*: a long string that was computed from it.
A hash can't be turned back into the PIN. But the PIN can be guessed: hash every possible PIN, and compare.

Write the whole program. A pool of two workers calls `worker` for all the PINs. Then the parent finds the one whose hash
is `WANTED`, and prints it in a line such as `The PIN is 000`.

Don't forget `if __name__ == "__main__":`. The check also runs your program with *spawn*: then each worker is a fresh
Python that reads the file again.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
A search is easy to divide: each worker tries different PINs. Real services make each hash slow, so that guessing takes
a long time.
""",
    praise="Two workers hashed, the parent found the PIN, and the program works with every start method.",
    mistakes="no guard; the worker prints the PIN; a pool that nothing ends",
    ask="Who reads this file again? Who should print?",
    right=[
        """\
from concurrent.futures import ProcessPoolExecutor

from helpers.workers import hash_password

WANTED = "76f371032b1d939cc333b57dee2caf10b8445b914f74c6f456bb5ac54e670357"


def is_wanted(number):
    return hash_password(f"{number:03}", rounds=1000) == WANTED


def main():
    with ProcessPoolExecutor(max_workers=2) as executor:
        for number, found in enumerate(executor.map(is_wanted, range(1000), chunksize=50)):
            if found:
                print(f"The PIN is {number:03}")


if __name__ == "__main__":
    main()
""",
        SOLUTION.replace(
            """\
        hashes = pool.map(worker, pins)
    print("The PIN is", pins[hashes.index(WANTED)])
""",
            """\
        for pin, hashed in zip(pins, pool.imap(worker, pins)):
            if hashed == WANTED:
                print("The PIN is", pin)
                break
""",
        ),
    ],
    wrong=[
        (
            GIVEN + 'for pin in pins:\n    if worker(pin) == WANTED:\n        print("The PIN is", pin)\n',
            "hashed in the parent",
        ),
        (SOLUTION.replace('if __name__ == "__main__":', "if True:"), "reads the script again"),
        (
            SOLUTION.replace("pins[hashes.index(WANTED)]", "hashes.index(WANTED) + 1"),
            "Which hash belongs to which PIN?",
        ),
        (SOLUTION.replace("processes=2", "processes=8"), "has 8 workers"),
        (
            SOLUTION.replace(
                "with multiprocessing.Pool(processes=2) as pool:\n        ", "pool = multiprocessing.Pool(2)\n    "
            ),
            "nothing ends the pool",
        ),
        (
            SOLUTION.replace(
                "return hash_password(pin, rounds=1000)",
                'if hash_password(pin, rounds=1000) == WANTED:\n        print("The PIN is", pin)',
            ).replace('    print("The PIN is", pins[hashes.index(WANTED)])\n', ""),
            "Who should print?",
        ),
    ],
    check=check,
)
