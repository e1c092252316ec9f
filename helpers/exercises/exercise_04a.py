"""Exercise 1 of notebook 04: a pool is made once."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
import os

from helpers.workers import count_primes

limits = [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000]


def worker(limit):
    return count_primes(limit), os.getpid()


if __name__ == "__main__":
    answers = []
    for limit in limits:
        with multiprocessing.Pool(processes=2) as pool:
            answers += pool.map(worker, [limit])
    print([count for count, pid in answers])
    print("processes that worked:", len({pid for count, pid in answers}))
"""

SOLUTION = """\
import multiprocessing
import os

from helpers.workers import count_primes

limits = [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000]


def worker(limit):
    return count_primes(limit), os.getpid()


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        answers = pool.map(worker, limits)
    print([count for count, pid in answers])
    print("processes that worked:", len({pid for count, pid in answers}))
"""

EXECUTOR = SOLUTION.replace("import multiprocessing\n", "").replace(
    "import os\n", "import os\nfrom concurrent.futures import ProcessPoolExecutor\n"
)

POOL = "with multiprocessing.Pool(processes=2) as pool:"
MAP = "answers = pool.map(worker, limits)"


def check(attempt):
    if not attempt.process_pools:
        return Hint("There is no pool of processes anymore. Who does the work?", "Keep one pool, of two workers.", POOL)
    if len(attempt.process_pools) > 1:
        return Hint(
            f"{len(attempt.process_pools)} pools were made, and each one started its own workers. "
            "Which line makes a pool, and how often does it run?",
            "Make one pool before the work begins, and give it all the limits.",
            f"{POOL}\n    {MAP}",
        )
    if attempt.process_pools[0].size != 2:
        return Hint(
            f"The pool has {attempt.process_pools[0].size} workers. How many did the task ask for?",
            "Give the pool two workers.",
            POOL,
        )
    if not attempt.calls_in_children():
        return Hint(
            "There is a pool, but its workers got nothing to do. Which process called worker()?",
            "Let the pool call worker for each limit.",
            MAP,
        )
    if attempt.one_by_one:
        return Hint(
            "There is one pool, but its workers never work at the same moment. What does each call wait for?",
            "Hand all the limits over in one call. Then both workers have something to do.",
            MAP,
        )
    if len(attempt.lines) != 2 or not attempt.lines[1].startswith("processes that worked: "):
        return Hint(
            f"The program should still print its two lines. It printed {attempt.lines}.",
            "Leave the two print lines as they were.",
            'print("processes that worked:", len({pid for count, pid in answers}))',
        )
    if attempt.lines[0] != "[168, 303, 430, 550, 669, 783, 900, 1007]":
        return Hint(
            f"The first line should show the results of all eight limits, in order. It was {attempt.lines[0]}.",
            "Give the whole list of limits to the pool, and keep what comes back as it is.",
            MAP,
        )
    return None


EXERCISE = Exercise(
    title="one pool, not eight",
    task="""\
This program works, but it makes a new pool for each task. Its last line says how many processes did the work.
Change it so that one pool of two workers does all the tasks.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="The pool is made once, around the work. `map` takes all the limits at once and needs no loop.",
    praise="One pool did all the tasks, so the program had to start only two workers.",
    mistakes="a plain loop in the block; `apply`, or `map` with one limit, in a loop; eight workers",
    ask="What does each call wait for?",
    right=[
        SOLUTION.replace("pool.map(worker, limits)", "[answer for answer in pool.imap(worker, limits, chunksize=2)]"),
        EXECUTOR.replace("multiprocessing.Pool(processes=2)", "ProcessPoolExecutor(max_workers=2)").replace(
            "pool.map(worker, limits)", "list(pool.map(worker, limits))"
        ),
    ],
    wrong=[
        (
            SOLUTION.replace("pool.map(worker, limits)", "[worker(limit) for limit in limits]"),
            "its workers got nothing to do",
        ),
        (SOLUTION.replace("processes=2", "processes=8"), "The pool has 8 workers"),
        (
            SOLUTION.replace(
                "answers = pool.map(worker, limits)", "answers = [pool.apply(worker, (n,)) for n in limits]"
            ),
            "never work at the same moment",
        ),
        (
            SOLUTION.replace(
                "answers = pool.map(worker, limits)", "answers = sum((pool.map(worker, [n]) for n in limits), [])"
            ),
            "never work at the same moment",
        ),
        (
            SOLUTION.replace("    with multi", "    answers = list(map(worker, limits))\n    with multi").replace(
                "        answers = pool.map(worker, limits)", "        pass"
            ),
            "its workers got nothing to do",
        ),
    ],
    check=check,
)
