"""Exercise 2 of notebook 02: threads that compute become processes, which share no list and need a guard."""

from helpers.exercises import Exercise

GIVEN = """\
from multiprocessing.pool import ThreadPool

from helpers.workers import count_primes

found = []


def worker(limit):
    found.append(count_primes(limit))


with ThreadPool(processes=2) as pool:
    pool.map(worker, [1000, 2000, 3000, 4000])
print(sorted(found))
"""

SOLUTION = """\
from multiprocessing import Pool

from helpers.workers import count_primes


def worker(limit):
    return count_primes(limit)


if __name__ == "__main__":
    with Pool(processes=2) as pool:
        found = pool.map(worker, [1000, 2000, 3000, 4000])
    print(sorted(found))
"""

IMPORT = "from multiprocessing import Pool"


def check(attempt):
    if not attempt.calls_in_children():
        if any(pool.of_threads for pool in attempt.pools):
            return "these are still threads. Take multiprocessing.Pool(processes=2) in place of ThreadPool."
        return "the work runs in one process. Let a pool of two call the worker: pool.map(worker, limits)."
    if any(pool.size != 2 for pool in attempt.process_pools):
        return f"the pool has {attempt.process_pools[0].size} workers. Make it two: processes=2."
    if attempt.lines == ["[]"]:
        return "found is empty: each worker process appended to a list of its own. Let worker return its count instead."
    if attempt.lines != ["[168, 303, 430, 550]"]:
        return f"the script should print [168, 303, 430, 550]. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="from threads to processes",
    task="""\
These threads compute. With a GIL they take turns. Move the work to a pool of two processes.
The printed list must stay the same.

Mind two things. Whose memory does `found` lie in? And a new process may read the script again.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
Threads could append to one list. Processes return what they found. `pool.map` could also take `count_primes` itself.
""",
    praise="Each worker process returned its count, and the program can be run under every start method.",
    right=[
        SOLUTION.replace("pool.map(worker, ", "pool.map(count_primes, "),
        SOLUTION.replace(IMPORT, "from concurrent.futures import ProcessPoolExecutor").replace(
            "Pool(processes=2)", "ProcessPoolExecutor(2)"
        ),
    ],
    wrong=[
        (
            SOLUTION.replace("found = pool.map", "pool.map")
            .replace("def worker", "found = []\n\n\ndef worker")
            .replace("return count_primes(limit)", "found.append(count_primes(limit))"),
            "found is empty",
        ),
        (
            SOLUTION.replace('if __name__ == "__main__":', "if True:"),
            "start processes only under if __name__",
        ),
        (
            SOLUTION.replace(IMPORT, "from multiprocessing.pool import ThreadPool").replace(
                "with Pool", "with ThreadPool"
            ),
            "these are still threads",
        ),
        (SOLUTION.replace("    return count", "    count"), "Does the worker return its result?"),
        (SOLUTION.replace("found = pool.map(", "found = map("), "runs in one process"),
    ],
    check=check,
)
