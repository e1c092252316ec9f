"""Exercise 2 of notebook 02: threads that compute become processes, which share no list and need a guard."""

from helpers.exercises import Exercise, Hint

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
            return Hint(
                "The pool's workers are still threads. Which pool has processes?",
                "Use Pool from multiprocessing instead of ThreadPool.",
                "with Pool(processes=2) as pool:",
            )
        return Hint(
            "All the counting takes place in the program's own process. Who calls the worker?",
            "Make a pool of two processes, and let its map call the worker.",
            "with Pool(processes=2) as pool:\n    found = pool.map(worker, [1000, 2000, 3000, 4000])",
        )
    if any(pool.size != 2 for pool in attempt.process_pools):
        return Hint(
            f"The pool has {attempt.process_pools[0].size} workers. How many were asked for?",
            "Make it a pool of two.",
            "with Pool(processes=2) as pool:",
        )
    if attempt.lines == ["[]"]:
        return Hint(
            "The list is empty here, although the workers have appended to a list. To whose?",
            "Each process has a list of its own. Let the worker return its count, and keep what map returns.",
            "found = pool.map(worker, [1000, 2000, 3000, 4000])",
        )
    if attempt.lines != ["[168, 303, 430, 550]"]:
        return Hint(
            f"The program should print [168, 303, 430, 550]. It printed {attempt.lines}.",
            "Let the worker return its count, and print the list that map returns, sorted.",
            "found = pool.map(worker, [1000, 2000, 3000, 4000])\nprint(sorted(found))",
        )
    return None


EXERCISE = Exercise(
    title="from threads to processes",
    task="""\
These threads compute, so with a GIL they take turns. Move the work to a pool of two processes.
The program must still print the same list.

Watch out for two things. Whose memory is `found` in? And what if a new process reads the script again?
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
Threads can append to one list. Processes return what they found. `pool.map` could also call `count_primes` directly.
""",
    praise="Each worker process returned its count, and the program can be run under every start method.",
    mistakes="keep appending to `found`; no guard; keep the `ThreadPool`",
    ask="Whose list did the worker append to?",
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
            "The list is empty here",
        ),
        (
            SOLUTION.replace('if __name__ == "__main__":', "if True:"),
            "A new process reads the script again",
        ),
        (
            SOLUTION.replace(IMPORT, "from multiprocessing.pool import ThreadPool").replace(
                "with Pool", "with ThreadPool"
            ),
            "workers are still threads",
        ),
        (SOLUTION.replace("    return count", "    count"), "There is a None where a result should be"),
        (SOLUTION.replace("found = pool.map(", "found = map("), "in the program's own process"),
    ],
    check=check,
)
