"""Exercise 1 of notebook 01: what a worker does to a global variable stays in the worker."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing

total = 0


def worker(number):
    global total
    total += number


if __name__ == "__main__":
    with multiprocessing.Pool(processes=4) as pool:
        pool.map(worker, [1, 2, 3, 4])
    print("total:", total)
"""

SOLUTION = """\
import multiprocessing


def worker(number):
    return number


if __name__ == "__main__":
    with multiprocessing.Pool(processes=4) as pool:
        total = sum(pool.map(worker, [1, 2, 3, 4]))
    print("total:", total)
"""


def check(attempt):
    if attempt.lines == ["total: 0"]:
        return Hint(
            "The parent's total is still 0. Whose total did the workers add to?",
            "Each worker has its own total. Let it return its number, and let the parent add up what map returns.",
            "total = sum(pool.map(worker, [1, 2, 3, 4]))",
        )
    if not attempt.calls_in_children():
        return Hint(
            "No worker process has called the function. Which process did the adding?",
            "Plain map stays in this process. Call the pool's own map: it returns what the workers returned.",
            "pool.map(worker, [1, 2, 3, 4])",
        )
    if attempt.lines == ["total: [1, 2, 3, 4]"]:
        return Hint(
            "The numbers have arrived, in a list. What's missing for a total?",
            "Add them up with sum.",
            "total = sum(pool.map(worker, [1, 2, 3, 4]))",
        )
    if attempt.lines != ["total: 10"]:
        return Hint(
            f"The script should print one line, total: 10. It printed {attempt.lines}.",
            "Let each worker return its number and print nothing. Then add up all of them, and print once.",
            'print("total:", sum(pool.map(worker, [1, 2, 3, 4])))',
        )
    return None


EXERCISE = Exercise(
    title="bring the results home",
    task="""\
This program is meant to add the numbers 1 to 4 in four workers, but it prints `total: 0`.
Change it so that it prints `total: 10`. The workers must still get one number each.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
What a worker returns is sent to the parent, and `pool.map` puts it into a list. Here the workers have little to do.
In a real program each of them would compute something first.
""",
    praise="Each worker returned its number, and the parent added them up. That's how results come home.",
    mistakes="return the global `total`; `print` in the worker; forget `sum`",
    ask="Whose `total` did the worker add to?",
    right=[
        """\
import multiprocessing


def worker(number, queue):
    queue.put(number)


if __name__ == "__main__":
    queue = multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=worker, args=(number, queue)) for number in (1, 2, 3, 4)]
    for process in processes:
        process.start()
    total = sum(queue.get() for process in processes)
    for process in processes:
        process.join()
    print("total:", total)
""",
        SOLUTION.replace("pool.map(worker, [1, 2, 3, 4])", "pool.imap_unordered(worker, [1, 2, 3, 4])"),
    ],
    wrong=[
        (SOLUTION.replace("sum(", "len("), "should print one line"),
        (SOLUTION.replace("return number", "print(number)"), "a None where"),
        (SOLUTION.replace("pool.map(worker, ", "map(worker, "), "Which process did the adding?"),
        (GIVEN.replace("    total += number", "    total += number\n    return total"), "total is still 0"),
        (
            SOLUTION.replace("sum(pool.map(worker, [1, 2, 3, 4]))", "pool.map(worker, [1, 2, 3, 4])"),
            "What's missing for a total?",
        ),
    ],
    check=check,
)
