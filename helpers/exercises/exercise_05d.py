"""Exercise 4 of notebook 05: what all tasks need goes to each worker once."""

from helpers.exercises import Exercise

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
        return f"the table still travels with the tasks: the largest message has {size}. Give it to an initializer."
    if attempt.lines != ["[0, 1, 4, 9, 16, 25, 36, 49]"]:
        return f"the script should print [0, 1, 4, 9, 16, 25, 36, 49]. It printed {attempt.lines}."
    if not attempt.calls_in_children():
        return "leave the work to the pool: pool.map(look_up, range(8))."
    return None


EXERCISE = Exercise(
    title="send the table once",
    task="""\
Each task looks a number up in a large table. `partial(look_up, table)` is `look_up` with its first argument filled in.
So the table is a part of every task, and is packed, sent and unpacked eight times.

Let each worker get it once. `Pool(processes=2, initializer=set_up, initargs=(table,))` has every worker call
`set_up(table)` before its first task. What `set_up` puts into a global variable, the tasks of that worker find there.
The printed list must stay the same.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "A task is now one small number. Two workers got the table, whether there are eight tasks or eight million."
    ),
    praise="Each task is small now. The table went to each worker once.",
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
        (GIVEN.replace("chunksize=1", "chunksize=4"), "still travels with the tasks"),
        (
            GIVEN.replace(
                "pool.map(partial(look_up, table), range(8), chunksize=1)",
                "pool.starmap(look_up, [(table, number) for number in range(8)], chunksize=1)",
            ),
            "still travels with the tasks",
        ),
        (SOLUTION.replace("    global table\n", ""), "the name table is not defined"),
        (SOLUTION.replace(", initializer=set_up, initargs=(table,)", ""), "the name table is not defined"),
        (SOLUTION.replace("(table,)", "table"), "too many arguments"),
    ],
    check=check,
)
