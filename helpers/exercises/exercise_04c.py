"""Exercise 3 of notebook 04: a program with a process for each task becomes one with a pool."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes


def worker(number, queue):
    queue.put((number, count_primes(1000 * number)))


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=worker, args=(number, queue)) for number in range(12)]
    for process in processes:
        process.start()
    results = sorted(queue.get() for process in processes)
    for process in processes:
        process.join()
    print([count for number, count in results])
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes


def worker(number):
    return count_primes(1000 * number)


if __name__ == "__main__":
    with multiprocessing.Pool(processes=3) as pool:
        print(pool.map(worker, range(12)))
"""

COUNTS = [0, 168, 303, 430, 550, 669, 783, 900, 1007, 1117, 1229, 1335]


POOL = "with multiprocessing.Pool(processes=3) as pool:"
MAP = "counts = pool.map(worker, range(12))"


def check(attempt):
    if attempt.processes:
        return Hint(
            f"The program itself started {len(attempt.processes)} processes, for 12 tasks. Who else could start and "
            "feed the workers?",
            "Make one pool of three workers, and no Process.",
            f"{POOL}\n    {MAP}",
        )
    if len(attempt.process_pools) != 1:
        return Hint(
            f"{len(attempt.process_pools)} pools of processes were made. How many does the task ask for?",
            "Make exactly one pool of processes.",
            POOL,
        )
    if attempt.process_pools[0].size != 3:
        return Hint(
            f"The pool has {attempt.process_pools[0].size} workers. How many did the task ask for?",
            "Give the pool three workers.",
            POOL,
        )
    if "Result object" in attempt.output:
        return Hint(
            "The program printed an object, not the counts. Did it wait for the results?",
            "Use the method that waits until all the results are there.",
            MAP,
        )
    if attempt.one_by_one:
        return Hint(
            "Each task waits until the one before it is done, so only one worker is busy at a time. Why?",
            "Hand all the numbers over in one call.",
            MAP,
        )
    if attempt.lines == [str([None] * 12)]:
        return Hint(
            "The workers returned None, twelve times. How does a pool's worker hand over its result?",
            "Let the worker return the count.",
            "return count_primes(1000 * number)",
        )
    if attempt.lines != [str(COUNTS)]:
        return Hint(
            f"The program should print {COUNTS}. It printed {attempt.lines}.",
            "Let the worker return the count alone, and call it for the numbers 0 to 11.",
            MAP,
        )
    return None


EXERCISE = Exercise(
    title="from twelve processes to three workers",
    task="""\
This program starts a process for each of twelve tasks. It needs a *queue* to bring the results home. What one process
puts into a queue, another one can take out. The parent takes the results first and calls `join()` afterward, since a
child with a large result can't end until someone takes it.

Rewrite it with a pool of three workers, and without a queue. It must still print the same list.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="No queue, no sorting, no loop: the pool brings the results home in the order of the items.",
    praise="Three workers did twelve tasks, and the pool brought the results home in order.",
    mistakes="twelve workers; `apply` in a loop; keep the `queue`; no `return`",
    ask="Who brings a result home now?",
    right=[
        SOLUTION.replace("pool.map(worker, range(12))", "list(pool.imap(worker, range(12)))"),
        """\
from concurrent.futures import ProcessPoolExecutor

from helpers.workers import count_primes

if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=3) as executor:
        futures = [executor.submit(count_primes, 1000 * number) for number in range(12)]
    print([future.result() for future in futures])
""",
    ],
    wrong=[
        (SOLUTION.replace("processes=3", "processes=12"), "The pool has 12 workers"),
        (
            SOLUTION.replace("pool.map(worker, range(12))", "[pool.apply(worker, (number,)) for number in range(12)]"),
            "waits until the one before it is done",
        ),
        (SOLUTION.replace("pool.map(", "pool.map_async("), "printed an object"),
        (
            SOLUTION.replace("worker(number)", "worker(number, queue)"),
            "called with too few arguments",
        ),
        (SOLUTION.replace("range(12)", "range(1, 13)"), "should print"),
        (SOLUTION.replace("    return count", "    count"), "returned None, twelve times"),
    ],
    check=check,
)
