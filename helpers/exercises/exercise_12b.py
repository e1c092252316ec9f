"""Exercise 2 of notebook 12: tasks that aren't pure."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import random

from dask.distributed import Client


def draw(most):
    return random.randint(1, most)


if __name__ == "__main__":
    only_here = "127.0.0.1:0"
    with Client(processes=False, dashboard_address=only_here, worker_dashboard_address=only_here) as client:
        numbers = client.gather(client.map(draw, [10**12] * 20))
    print(len(numbers), "numbers,", len(set(numbers)), "different ones")
"""

SOLUTION = GIVEN.replace("[10**12] * 20)", "[10**12] * 20, pure=False)")
WANTED = "20 numbers, 20 different ones"


def check(attempt):
    if attempt.lines == [WANTED]:
        return None
    if attempt.lines == ["20 numbers, 1 different ones"]:
        return Hint(
            "All twenty numbers are the same. How often was draw called?",
            "Dask takes equal calls for one. Tell it that your function isn't pure.",
            "client.map(draw, [10**12] * 20, pure=False)",
        )
    if len(attempt.lines) != 1 or not attempt.lines[0].startswith("20 numbers"):
        return Hint(
            f"The program should print {WANTED!r}. It printed {attempt.lines}.",
            "Let client.map draw twenty numbers, and leave the call of print as it was.",
            "client.map(draw, [10**12] * 20, pure=False)",
        )
    return Hint(
        f"Not all numbers are different: {attempt.lines[0]}. Do some tasks start from the same state?",
        "Don't seed each task with the same number. One that differs from task to task is fine.",
        "client.map(draw, [10**12] * 20, pure=False)",
    )


EXERCISE = Exercise(
    title="twenty draws",
    task="""\
This program draws twenty random numbers, from so many that no two should be equal. Yet all of them are. Fix it, so
that it prints `20 numbers, 20 different ones`.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
A seed for each task would do as well, and its results can be repeated: give the tasks the seeds 0 to 19, and let each
draw from `random.Random(seed)`.""",
    praise="Each call is a task of its own now, and draws a number of its own.",
    mistakes="another range; the same seed in each task; fewer draws",
    ask="How often was `draw` called?",
    right=[
        GIVEN.replace("def draw(most):\n    return random", "def draw(seed):\n    return random.Random(seed)")
        .replace("(1, most)", "(1, 10**12)")
        .replace("[10**12] * 20", "range(20)"),
        GIVEN.replace(
            "client.map(draw, [10**12] * 20)", "[client.submit(draw, 10**12, pure=False) for _ in range(20)]"
        ),
    ],
    wrong=[
        (GIVEN.replace("10**12] * 20", "10**9] * 20"), "How often was draw called?"),
        (SOLUTION.replace("return random", "return random.Random(1)"), "How often was draw called?"),
        (GIVEN.replace("[10**12] * 20", "[10**12 + task % 10 for task in range(20)]"), "Not all numbers are different"),
        (SOLUTION.replace("* 20", "* 10"), "The program should print"),
    ],
    check=check,
)
