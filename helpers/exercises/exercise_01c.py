"""Exercise 3 of notebook 01: a whole program, with its guard."""

from helpers.exercises import Exercise

GIVEN = """\
from helpers.workers import hash_password

passwords = ["correct horse", "battery staple", "swordfish", "hunter2"]

# Write your program here.
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import hash_password

passwords = ["correct horse", "battery staple", "swordfish", "hunter2"]

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        hashes = pool.map(hash_password, passwords)
    for hashed in hashes:
        print(hashed[:8])
"""

LINES = ["9049d4b0", "edfc7f44", "297c95aa", "596c67d1"]


def check(attempt):
    if not attempt.calls("hash_password"):
        return "nothing has been hashed yet. Make a pool of two workers, and let pool.map call hash_password."
    if not attempt.calls_in_children("hash_password"):
        return "the program hashes in this process. Leave the hashing to a pool of two workers."
    if attempt.lines_of_children:
        return "the workers print, each when it is done. Let them return their results, and print in the parent."
    if any(pool.size != 2 for pool in attempt.process_pools):
        return f"the pool has {attempt.process_pools[0].size} workers. Make it two: processes=2."
    if attempt.one_by_one:
        return "each task waits for the one before it. Give pool.map all passwords at once."
    if attempt.lines != LINES and sorted(attempt.lines) == sorted(LINES):
        return "print the hashes in the order of the passwords. pool.map returns them in that order."
    if attempt.lines != LINES:
        return f"print the first eight characters of each hash, a line each: {LINES}. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="a program of your own",
    task="""\
Now write the whole program. A pool of two workers calls `hash_password` for each of these passwords. It turns a
password into a *hash*: a long text from which nobody can read the password back.

Then the parent prints the first eight characters of each hash, a line each, in the order of the passwords.

Mind `if __name__ == "__main__":`. The check also runs your program with *spawn*: then each
worker is a fresh Python that reads the file again.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="`for hashed in pool.map(hash_password, passwords):` inside the block does it too.",
    praise="Two workers hashed, the parent printed, and the program can be run under every start method.",
    right=[
        """\
from concurrent.futures import ProcessPoolExecutor

from helpers.workers import hash_password


def begin_of_hash(password):
    return hash_password(password)[:8]


def main():
    passwords = ["correct horse", "battery staple", "swordfish", "hunter2"]
    with ProcessPoolExecutor(max_workers=2) as executor:
        futures = [executor.submit(begin_of_hash, password) for password in passwords]
        for future in futures:
            print(future.result())


if __name__ == "__main__":
    main()
""",
    ],
    wrong=[
        (
            GIVEN + "for password in passwords:\n    print(hash_password(password)[:8])\n",
            "in this process. Leave the hashing",
        ),
        (
            SOLUTION.replace('if __name__ == "__main__":', "if True:"),
            "start processes only under if __name__",
        ),
        (SOLUTION.replace("hashed[:8]", "hashed"), "the first eight characters"),
        (SOLUTION.replace("for hashed in hashes", "for hashed in sorted(hashes)"), "in the order of the passwords"),
        (
            SOLUTION.replace(
                "with multiprocessing.Pool(processes=2) as pool:\n        ", "pool = multiprocessing.Pool(2)\n    "
            ),
            "the pool is never ended",
        ),
        (
            SOLUTION.replace(
                "import multiprocessing\n",
                "import multiprocessing\n\n\ndef worker(p):\n    print(hash_password(p)[:8])\n",
            ).replace(
                "hashes = pool.map(hash_password, passwords)\n    for hashed in hashes:\n        print(hashed[:8])\n",
                "pool.map(worker, passwords)\n",
            ),
            "the workers print",
        ),
    ],
    check=check,
)
