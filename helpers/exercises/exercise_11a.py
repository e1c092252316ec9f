"""Exercise 1 of notebook 11: the same program with another engine."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from concurrent.futures import ThreadPoolExecutor

from helpers.workers import count_primes

if __name__ == "__main__":
    with ThreadPoolExecutor(2) as executor:
        futures = [executor.submit(count_primes, limit) for limit in range(20_000, 60_000, 10_000)]
        for future in futures:
            print(future.result())
"""

SOLUTION = GIVEN.replace("ThreadPoolExecutor", "ProcessPoolExecutor")

ANSWER = ["2262", "3245", "4203", "5133"]
LINE = "with ProcessPoolExecutor(2) as executor:"


def check(attempt):
    if attempt.lines != ANSWER:
        return Hint(
            f"The program should print {', '.join(ANSWER)}, one in a line. It printed {attempt.lines}. "
            "What is different?",
            "Leave the limits and the loop that prints as they are. Only the engine has to change.",
            LINE,
        )
    calls = attempt.calls_in_children("count_primes")
    if len(calls) < len(ANSWER):
        return Hint(
            f"{len(calls)} of the four tasks ran in another process. Which engine's workers are processes?",
            "Import the executor that starts processes, and use it in place of the other one.",
            LINE,
        )
    workers = len(attempt.processes) + sum(pool.size for pool in attempt.process_pools)
    if workers < 2 or attempt.one_by_one:
        return Hint(
            "One process did all the tasks, one after the other. Who else could help?",
            "Let the executor start two processes, and give it all tasks before you ask for the first result.",
            LINE,
        )
    return None


EXERCISE = Exercise(
    title="another engine",
    task="""\
This program computes in two threads. With the GIL on, it's no faster than a loop.

Give it an engine whose workers are processes, so that it keeps two cores busy. It must print the same lines.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
One word changes, twice. It's that easy since `count_primes` is in a module, takes one item, returns its result, and
changes nothing that others use.""",
    praise="Two processes share the tasks, and each has its own GIL.",
    mistakes="more threads; a single process; print the futures",
    ask="How many GILs are there?",
    right=[
        """\
import multiprocessing

from helpers.workers import count_primes

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        for count in pool.map(count_primes, range(20_000, 60_000, 10_000), chunksize=1):
            print(count)
""",
    ],
    wrong=[
        (GIVEN.replace("(2)", "(4)"), "0 of the four tasks ran in another process"),
        (SOLUTION.replace("Executor(2)", "Executor(1)"), "One process did all the tasks"),
        (
            SOLUTION.replace(
                """\
        futures = [executor.submit(count_primes, limit) for limit in range(20_000, 60_000, 10_000)]
        for future in futures:
            print(future.result())
""",
                """\
        for limit in range(20_000, 60_000, 10_000):
            print(executor.submit(count_primes, limit).result())
""",
            ),
            "one after the other",
        ),
        (SOLUTION.replace("future.result()", "future"), "What is different?"),
    ],
    check=check,
)
