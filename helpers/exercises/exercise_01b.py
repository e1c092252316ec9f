"""Exercise 2 of notebook 01: a loop becomes Pool.map."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes

limits = [1000, 2000, 3000, 4000]

if __name__ == "__main__":
    results = [count_primes(limit) for limit in limits]
    print(results)
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes

limits = [1000, 2000, 3000, 4000]

if __name__ == "__main__":
    with multiprocessing.Pool(processes=2) as pool:
        results = pool.map(count_primes, limits)
    print(results)
"""


def check(attempt):
    if not attempt.process_pools and not attempt.processes:
        return "this still runs in one process. Make a pool: with multiprocessing.Pool(processes=2) as pool: ..."
    if "Result object" in attempt.output:
        return "the script printed a handle, which a method returns that does not wait. pool.map waits for the results."
    if not attempt.calls_in_children("count_primes"):
        return "there is a pool, but no work for it. Call pool.map(count_primes, limits)."
    if any(pool.size != 2 for pool in attempt.process_pools):
        return f"the pool has {attempt.process_pools[0].size} workers. Make it two: processes=2."
    if attempt.one_by_one:
        return "each task waits for the one before it. pool.apply does that. Give pool.map all limits at once."
    if attempt.lines != ["[168, 303, 430, 550]"]:
        return f"the results should be [168, 303, 430, 550], in this order. The script printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="from a loop to a pool",
    task="""\
Replace the loop with a pool of two workers. The printed list must stay the same.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="",
    praise="The pool returned what the loop returned, in the same order.",
    right=[
        SOLUTION.replace("pool.map(count_primes, limits)", "list(pool.imap(count_primes, limits))"),
        SOLUTION.replace("import multiprocessing", "from concurrent.futures import ProcessPoolExecutor")
        .replace("multiprocessing.Pool(processes=2)", "ProcessPoolExecutor(2)")
        .replace("pool.map(count_primes, limits)", "list(pool.map(count_primes, limits))"),
        SOLUTION.replace(
            "with multiprocessing.Pool(processes=2) as pool:\n        ", "pool = multiprocessing.Pool(2)\n    "
        )
        + "    pool.close()\n    pool.join()\n",
    ],
    wrong=[
        (SOLUTION.replace("pool.map(count_primes, limits)", "list(map(count_primes, limits))"), "no work for it"),
        (
            SOLUTION.replace("pool.map(count_primes, limits)", "[pool.apply(count_primes, (n,)) for n in limits]"),
            "apply",
        ),
        (SOLUTION.replace("processes=2", "processes=4"), "has 4 workers. Make it two"),
        (SOLUTION.replace("pool.map(", "pool.map_async("), "a handle"),
        (
            SOLUTION.replace("pool.map(count_primes, limits)", "pool.map(count_primes(limits[0]), limits)"),
            "without brackets",
        ),
    ],
    check=check,
)
