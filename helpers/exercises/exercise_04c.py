"""Exercise 3 of notebook 04: a program with a process for each task becomes one with a pool."""

from helpers.exercises import Exercise

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
    for process in processes:
        process.join()
    results = sorted(queue.get() for process in processes)
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


def check(attempt):
    if attempt.processes:
        return f"{len(attempt.processes)} processes were started for 12 tasks. Make one pool of three workers for all."
    if len(attempt.process_pools) != 1:
        return (
            f"{len(attempt.process_pools)} pools of processes were made. Make one: multiprocessing.Pool(processes=3)."
        )
    if attempt.process_pools[0].size != 3:
        return f"the pool has {attempt.process_pools[0].size} workers. Make it three: processes=3."
    if "Result object" in attempt.output:
        return "the script printed a handle, which a method returns that does not wait. pool.map waits for the results."
    if attempt.one_by_one:
        return "each task waits for the one before it, so only one worker is busy. Give pool.map all numbers at once."
    if attempt.lines == [str([None] * 12)]:
        return "the workers returned None. Does the worker return its result?"
    if attempt.lines != [str(COUNTS)]:
        return f"the script should print {COUNTS}. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="from twelve processes to three workers",
    task="""\
This program starts a process for each of twelve tasks. It needs a *queue* to bring the results home: what the children
put in, the parent takes out.

Rewrite it with a pool of three workers, and without a queue. The printed list must stay the same.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="No queue, no numbers to sort by, no loops: the pool sends the results home, in the order of the items.",
    praise="Three workers did twelve tasks, and the pool brought the results home in order.",
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
        (SOLUTION.replace("processes=3", "processes=12"), "has 12 workers"),
        (
            SOLUTION.replace("pool.map(worker, range(12))", "[pool.apply(worker, (number,)) for number in range(12)]"),
            "waits for the one before it",
        ),
        (SOLUTION.replace("pool.map(", "pool.map_async("), "a handle"),
        (
            SOLUTION.replace("worker(number)", "worker(number, queue)"),
            "starmap takes a tuple apart",
        ),
        (SOLUTION.replace("range(12)", "range(1, 13)"), "should print"),
        (SOLUTION.replace("    return count", "    count"), "Does the worker return its result?"),
    ],
    check=check,
)
