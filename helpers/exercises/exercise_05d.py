"""Exercise 4 of notebook 05: what all tasks need goes to each worker once."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
from functools import partial


def look_up(table, number):
    return table[number]


if __name__ == "__main__":
    table = [number * number for number in range(200_000)]
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.map(partial(look_up, table), range(8), chunksize=1))
"""

SOLUTION = """\
import multiprocessing


def set_up(large_table):
    global table
    table = large_table


def look_up(number):
    return table[number]


if __name__ == "__main__":
    table = [number * number for number in range(200_000)]
    with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(table,)) as pool:
        print(pool.map(look_up, range(8), chunksize=1))
"""


def check(attempt):
    if attempt.largest_message > 100_000:
        size = f"{attempt.largest_message / 1e6:.1f} MB"
        return Hint(
            f"The largest message to a worker is {size}. What is in it?",
            "Take the table out of the tasks. Give it to an initializer, which puts it into a global variable of the "
            "worker.",
            "with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(table,)) as pool:",
        )
    if attempt.lines != ["[0, 1, 4, 9, 16, 25, 36, 49]"]:
        return Hint(
            f"The program should still print [0, 1, 4, 9, 16, 25, 36, 49]. It printed {attempt.lines}. What changed?",
            "Let look_up return table[number], and let map call it for each number from 0 to 7.",
            "print(pool.map(look_up, range(8), chunksize=1))",
        )
    if not attempt.calls_in_children():
        return Hint(
            "No worker had anything to do. Who looks the numbers up?",
            "Leave the work to the pool.",
            "print(pool.map(look_up, range(8), chunksize=1))",
        )
    return None


EXERCISE = Exercise(
    title="send the table once",
    task="""\
Each task looks up a number in a large table. The table is part of every task, so it is pickled, sent and unpickled
eight times.

Change the program so that each worker gets the table only once. The printed list must stay the same.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "A task is now one small number. Each worker gets the table once, for eight tasks or for eight million."
    ),
    praise="Each task is small now. Each worker got the table once.",
    mistakes="larger chunks, or `starmap`: the table still travels; forget `global`; no initializer",
    ask="What is in a message, and how often is it sent?",
    right=[
        SOLUTION.replace("import multiprocessing", "from concurrent.futures import ProcessPoolExecutor")
        .replace("multiprocessing.Pool(processes=2,", "ProcessPoolExecutor(2,")
        .replace("pool.map(look_up, range(8), chunksize=1)", "list(pool.map(look_up, range(8)))"),
        # each worker makes the table itself
        SOLUTION.replace("(large_table)", "()")
        .replace("= large_table", "= [number * number for number in range(200_000)]")
        .replace(", initargs=(table,)", "")
        .replace("    table = [number * number for number in range(200_000)]\n    with", "    with"),
    ],
    wrong=[
        (GIVEN.replace("chunksize=1", "chunksize=4"), "The largest message to a worker"),
        (
            GIVEN.replace(
                "pool.map(partial(look_up, table), range(8), chunksize=1)",
                "pool.starmap(look_up, [(table, number) for number in range(8)], chunksize=1)",
            ),
            "The largest message to a worker",
        ),
        (SOLUTION.replace("    global table\n", ""), "name table is not defined"),
        (SOLUTION.replace(", initializer=set_up, initargs=(table,)", ""), "name table is not defined"),
        (SOLUTION.replace("(table,)", "table"), "too many arguments"),
    ],
    check=check,
)
