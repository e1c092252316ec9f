"""Exercise 2 of notebook 06: an order that does not depend on who is first."""

from helpers.exercises import Exercise

GIVEN = """\
import multiprocessing

from helpers.workers import count_primes


def worker(number):
    print(f"Process {number}: {count_primes(80_000 // number)} primes")


if __name__ == "__main__":
    processes = [multiprocessing.Process(target=worker, args=(number,)) for number in range(1, 5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("All processes completed.")
"""

SOLUTION = """\
import multiprocessing

from helpers.workers import count_primes


def worker(number, queue):
    queue.put((number, count_primes(80_000 // number)))


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=worker, args=(number, queue)) for number in range(1, 5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    results = [queue.get() for process in processes if process.exitcode == 0]
    for number, count in sorted(results):
        print(f"Process {number}: {count} primes")
    print("All processes completed.")
"""

TWO_LOOPS = "process.start()\n    for process in processes:\n        process.join()"

LINES = [f"Process {number}: {count} primes" for number, count in enumerate([7837, 4203, 2922, 2262], start=1)]
LINES.append("All processes completed.")


def check(attempt):
    if attempt.one_by_one:
        return "in order, but one after the other: each process is joined before the next is started. Use two loops."
    if attempt.lines_of_children:
        return (
            "the children print, so the order is that in which they end. "
            "Let each put (number, count) into a SimpleQueue, and let the parent sort and print."
        )
    if not attempt.calls_in_children("count_primes"):
        return "the main process counts. Leave the counting to the four processes."
    if attempt.lines != LINES and sorted(attempt.lines) == sorted(LINES):
        return (
            f"the results are all there, but not in the order of their numbers. Sort them. It printed {attempt.lines}."
        )
    if attempt.lines != LINES:
        return f"the script should print {LINES}. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="in order",
    task="""\
Process 1 has the most to do, so its line tends to come last. Change the program so that the lines always come in the
order 1, 2, 3, 4, and the processes still work at the same moment.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="A pool does it too: return the count, and take `pool.map(worker, range(1, 5))`.",
    praise="The processes ended in any order, and their results were printed in the order of their numbers.",
    right=[
        """\
import multiprocessing

from helpers.workers import count_primes


def worker(number):
    return count_primes(80_000 // number)


if __name__ == "__main__":
    with multiprocessing.Pool(processes=4) as pool:
        for number, count in enumerate(pool.map(worker, range(1, 5)), start=1):
            print(f"Process {number}: {count} primes")
    print("All processes completed.")
""",
    ],
    wrong=[
        (GIVEN.replace(TWO_LOOPS, "process.start()\n        process.join()"), "one after the other"),
        (SOLUTION.replace(TWO_LOOPS, "process.start()\n        process.join()"), "one after the other"),
        (SOLUTION.replace("sorted(results)", "sorted(results, reverse=True)"), "not in the order of their numbers"),
        (SOLUTION.replace("queue.put((number, count_primes(80_000 // number)))", "return number"), "none of them sent"),
        (
            GIVEN.replace(
                "def worker(number):\n", "def worker(number):\n    import time\n\n    time.sleep(number / 4)\n"
            ),
            "the children print",
        ),
    ],
    check=check,
)
