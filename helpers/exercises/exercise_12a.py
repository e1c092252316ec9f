"""Exercise 1 of notebook 12: fewer and larger tasks for Dask."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from dask.distributed import Client


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


if __name__ == "__main__":
    only_here = "127.0.0.1:0"
    with Client(processes=False, dashboard_address=only_here, worker_dashboard_address=only_here) as client:
        futures = client.map(is_prime, range(200))
        print(len(futures), "tasks")
        print(sum(client.gather(futures)), "primes")
"""

SOLUTION = """\
from dask.distributed import Client


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


def primes_among(numbers):
    return sum(map(is_prime, numbers))


if __name__ == "__main__":
    only_here = "127.0.0.1:0"
    with Client(processes=False, dashboard_address=only_here, worker_dashboard_address=only_here) as client:
        futures = client.map(primes_among, [range(first, first + 10) for first in range(0, 200, 10)])
        print(len(futures), "tasks")
        print(sum(client.gather(futures)), "primes")
"""

PARTS = "[range(first, first + 10) for first in range(0, 200, 10)]"
FEWEST, MOST = 4, 40


def check(attempt):
    words = [line.split() for line in attempt.lines]
    if [line[1:] for line in words] != [["tasks"], ["primes"]] or not all(line[0].isdecimal() for line in words):
        return Hint(
            f"The program should print two lines, the number of tasks and the number of primes. "
            f"It printed {attempt.lines}.",
            "Leave the two calls of print as they were.",
            'print(len(futures), "tasks")',
        )
    tasks, primes = (int(line[0]) for line in words)
    if tasks > MOST:
        return Hint(
            f"These are {tasks} tasks. How long does each of them compute, and how long does Dask need for it?",
            "Write a function that counts the primes among many numbers. Give it parts of the range.",
            f"futures = client.map(primes_among, {PARTS})",
        )
    if tasks < FEWEST:
        return Hint(
            f"Now it's too few: {tasks}. How many workers would have something to do?",
            "Cut the 200 numbers into 20 parts of ten.",
            f"futures = client.map(primes_among, {PARTS})",
        )
    if primes != 46:
        return Hint(
            f"There are 46 primes below 200. Your program found {primes}. Which numbers are missing, or come twice?",
            "Each part begins where the one before ends, and the last one ends at 200.",
            f"futures = client.map(primes_among, {PARTS})",
        )
    return None


EXERCISE = Exercise(
    title="larger tasks",
    task="""\
This program checks for each of 200 numbers whether it's prime. Each number is a task, and Dask needs far longer for
a task than `is_prime` does.

Make it 20 tasks of ten numbers. The number of primes must stay the same.

(With `processes=False`, the workers are threads of the script. That starts faster, and is good enough to try things.)
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
A task now returns a single number for ten, so there's less to send as well.""",
    praise="The tasks are fewer and larger, and nothing is lost.",
    mistakes="the same 200 tasks as a list; a single one; parts that leave numbers out",
    ask="How long does a task compute, and how long does Dask need for it?",
    right=[
        SOLUTION.replace(PARTS, "[range(first, 200, 10) for first in range(10)]"),
        SOLUTION.replace(PARTS, "[list(range(200))[first : first + 25] for first in range(0, 200, 25)]"),
    ],
    wrong=[
        (GIVEN.replace("range(200)", "list(range(200))"), "These are 200 tasks"),
        (SOLUTION.replace(PARTS, "[range(200)]"), "too few"),
        (SOLUTION.replace("first + 10)", "first + 9)"), "Which numbers are missing"),
        (
            SOLUTION.replace('print(sum(client.gather(futures)), "primes")', "print(client.gather(futures))"),
            "two lines",
        ),
    ],
    check=check,
)
