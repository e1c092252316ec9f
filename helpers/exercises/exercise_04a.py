"""Exercise 1 of notebook 04: a pool is made once."""

from helpers.exercises import Exercise

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


def check(attempt):
    if not attempt.process_pools:
        return "there is no pool any more. Keep one: with multiprocessing.Pool(processes=2) as pool: ..."
    if len(attempt.process_pools) > 1:
        return (
            f"{len(attempt.process_pools)} pools were made, and each started its own workers. "
            "Make one pool, outside any loop, for all the limits."
        )
    if attempt.process_pools[0].size != 2:
        return f"the pool has {attempt.process_pools[0].size} workers. Make it two: processes=2."
    if not attempt.calls_in_children():
        return "there is a pool, but no work for it. Call pool.map(worker, limits)."
    if attempt.one_by_one:
        return (
            "one pool, but its workers never work at the same moment: each task waits for the one before it. "
            "Give pool.map all limits at once."
        )
    if len(attempt.lines) != 2 or not attempt.lines[1].startswith("processes that worked: "):
        return f"keep the two lines that print. The script printed {attempt.lines}."
    if attempt.lines[0] != "[168, 303, 430, 550, 669, 783, 900, 1007]":
        return f"the first line should be the results of all eight limits, in their order. It was {attempt.lines[0]}."
    return None


EXERCISE = Exercise(
    title="one pool, not eight",
    task="""\
This program gets its results, but starts a new pool for each task. Its last line says how many processes worked.
Change it so that one pool of two workers does all tasks.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="The pool is made once, around the work. `map` takes all limits at once, and needs no loop.",
    praise="One pool did all tasks, so start-up was paid for two workers only.",
    right=[
        SOLUTION.replace("pool.map(worker, limits)", "[answer for answer in pool.imap(worker, limits, chunksize=2)]"),
        EXECUTOR.replace("multiprocessing.Pool(processes=2)", "ProcessPoolExecutor(max_workers=2)").replace(
            "pool.map(worker, limits)", "list(pool.map(worker, limits))"
        ),
    ],
    wrong=[
        (SOLUTION.replace("pool.map(worker, limits)", "[worker(limit) for limit in limits]"), "no work for it"),
        (SOLUTION.replace("processes=2", "processes=8"), "has 8 workers"),
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
            "no work for it",
        ),
    ],
    check=check,
)
