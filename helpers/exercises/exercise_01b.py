"""Exercise 2 of notebook 01: a loop becomes Pool.map."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes

limits = [1000, 2000, 3000, 4000]

if __name__ == "__main__":
    results = []
    for limit in limits:
        results.append(count_primes(limit))
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
        return Hint(
            "Only one process did all the work. Where are the workers started?",
            "Make a pool of two workers in a with block, and let it do the work of the loop.",
            "with multiprocessing.Pool(processes=2) as pool:\n    results = pool.map(count_primes, limits)",
        )
    if "Result object" in attempt.output:
        return Hint(
            "The script printed a result object, and not the results. Which of the pool's methods returns at once?",
            "A method whose name ends in _async doesn't wait. Take the one that waits and returns the list.",
            "results = pool.map(count_primes, limits)",
        )
    if not attempt.calls_in_children("count_primes"):
        return Hint(
            "There is a pool, but its workers got nothing to do. Who counted the primes?",
            "Plain map, or a loop, stays in this process. Call the map of the pool.",
            "results = pool.map(count_primes, limits)",
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
            "pool.apply waits for its result. Hand over all limits in one call, so that both workers have something "
            "to do.",
            "results = pool.map(count_primes, limits)",
        )
    if attempt.lines != ["[168, 303, 430, 550]"]:
        return Hint(
            f"The program should print the list [168, 303, 430, 550]. It printed {attempt.lines}.",
            "map returns a list of the results, in the order of the limits. Print that list in the parent.",
            "print(pool.map(count_primes, limits))",
        )
    return None


EXERCISE = Exercise(
    title="from a loop to a pool",
    task="""\
This program counts primes in a loop. Replace the loop with a pool of two workers. The printed list must stay the same.

You saw `pool.imap` and `pool.map` at work above. `pool.map` is the one that returns a list.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="The whole loop became one call.",
    praise="The pool returned what the loop collected, in the same order.",
    mistakes="plain `map`; `pool.apply` in a loop; print what `map_async` returns",
    ask="Who counted? What does each call wait for?",
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
        (SOLUTION.replace("pool.map(count_primes, limits)", "list(map(count_primes, limits))"), "got nothing to do"),
        (
            SOLUTION.replace("pool.map(count_primes, limits)", "[pool.apply(count_primes, (n,)) for n in limits]"),
            "What does each call wait for?",
        ),
        (SOLUTION.replace("processes=2", "processes=4"), "has 4 workers"),
        (SOLUTION.replace("pool.map(", "pool.map_async("), "a result object"),
        (
            SOLUTION.replace("pool.map(count_primes, limits)", "pool.map(count_primes(limits[0]), limits)"),
            "extra pair of parentheses",
        ),
    ],
    check=check,
)
