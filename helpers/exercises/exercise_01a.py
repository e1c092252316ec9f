"""Exercise 1 of notebook 01: what a worker does to a global variable does not come home."""

from helpers.exercises import Exercise

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
        return "the parent's total is still 0. Each worker added to a total of its own. Let it return its number."
    if not attempt.calls_in_children():
        return "let the pool do the work: pool.map(worker, numbers) returns a list of what the workers returned."
    if attempt.lines == ["total: [1, 2, 3, 4]"]:
        return "these are the results, in a list. Add them up with sum(...)."
    if attempt.lines != ["total: 10"]:
        return f"the script should print one line, total: 10. It printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="bring the results home",
    task="""\
This program adds the numbers 1 to 4 in four workers, but the parent prints `total: 0`.
Change it so that it prints `total: 10`. Run the cell, then the check below it.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="What a worker returns is sent to the parent. `pool.map` gathers it in a list.",
    praise="Each worker returned its number, and the parent added them up. That is how results come home.",
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
    for process in processes:
        process.join()
    print("total:", sum(queue.get() for process in processes))
""",
        SOLUTION.replace("pool.map(worker, [1, 2, 3, 4])", "pool.imap_unordered(worker, [1, 2, 3, 4])"),
    ],
    wrong=[
        (SOLUTION.replace("sum(", "len("), "should print one line"),
        (SOLUTION.replace("return number", "print(number)"), "Does the worker return its result?"),
        (SOLUTION.replace("pool.map(worker, ", "map(worker, "), "let the pool do the work"),
        (GIVEN.replace("    total += number", "    total += number\n    return total"), "total is still 0"),
        (
            SOLUTION.replace("sum(pool.map(worker, [1, 2, 3, 4]))", "pool.map(worker, [1, 2, 3, 4])"),
            "Add them up with sum",
        ),
    ],
    check=check,
)
