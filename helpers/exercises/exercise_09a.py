"""Exercise 1 of notebook 09: an exception of one's own that arrives, with its arguments."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from concurrent.futures import ProcessPoolExecutor


class OrderError(Exception):
    def __init__(self, number, reason):
        super().__init__(reason)
        self.number = number


def ship(number):
    if number == 3:
        raise OrderError(number, "out of stock")
    return number


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as executor:
        futures = [executor.submit(ship, number) for number in [1, 2, 3, 4]]
        for future in futures:
            print("shipped", future.result())
"""

LOOP = '            print("shipped", future.result())\n'
CAUGHT = """\
            try:
                print("shipped", future.result())
            except OrderError as error:
                print(f"order {error.number}: {error}")
"""

SOLUTION = (
    GIVEN.replace("super().__init__(reason)\n        self.number = number", "super().__init__(number, reason)")
    .replace(
        "reason)\n\n\ndef",
        "reason)\n        self.number, self.reason = number, reason\n\n"
        "    def __str__(self):\n        return self.reason\n\n\ndef",
    )
    .replace(LOOP, CAUGHT)
)

WANTED = ["shipped 1", "shipped 2", "order 3: out of stock", "shipped 4"]


def check(attempt):
    if attempt.lines == WANTED and attempt.calls_in_children("ship"):
        return None
    if not attempt.calls_in_children("ship"):
        return Hint(
            "No worker has shipped anything. Who calls ship?",
            "Leave that to the executor, with submit.",
            "futures = [executor.submit(ship, number) for number in [1, 2, 3, 4]]",
        )
    if not any(line.startswith("order 3") for line in attempt.lines):
        return Hint(
            "Nobody hears that order 3 failed. Where is its error raised?",
            "future.result() raises it, so catch an OrderError there, and print its number and its text.",
            'print(f"order {error.number}: {error}")',
        )
    if "shipped 4" not in attempt.lines:
        return Hint(
            "Order 4 is missing. Did the loop end with the error of order 3?",
            "Put try and except inside the loop, around a single result().",
            CAUGHT,
        )
    return Hint(
        f"The program should print {WANTED}. It printed {attempt.lines}. What is different?",
        "A number of its own and a text: the error needs both after its journey.",
        "def __str__(self):\n    return self.reason",
    )


EXERCISE = Exercise(
    title="an error that arrives",
    task="""\
This program ships four orders. One of them fails, and then the executor breaks. Fix the class `OrderError` so that the
error can travel, and catch it, so that the program prints:

```
shipped 1
shipped 2
order 3: out of stock
shipped 4
```
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "`super().__init__` gets all arguments, so the class can be called with them again. "
        "A method `__reduce__` that returns `OrderError, (self.number, str(self))` would do as well."
    ),
    praise="The error arrived with its number and its text, and the other orders were shipped.",
    mistakes="catch it, and leave the class as it is; `try` around the loop; forget `__str__`; `pass`",
    ask="With which arguments is the error made anew?",
    right=[
        GIVEN.replace(
            "self.number = number\n",
            "self.number = number\n\n    def __reduce__(self):\n        return OrderError, (self.number, str(self))\n",
        ).replace(LOOP, CAUGHT),
    ],
    wrong=[
        (GIVEN.replace(LOOP, CAUGHT), "can't unpickle the error OrderError"),
        (
            GIVEN.replace("from concurrent.futures import ProcessPoolExecutor", "import multiprocessing")
            .replace("ProcessPoolExecutor(max_workers=2) as executor", "multiprocessing.Pool(processes=2) as pool")
            .replace("executor.submit(ship, number)", "pool.apply_async(ship, (number,))")
            .replace("future.result()", "future.get()"),
            "can't unpickle the error OrderError",
        ),
        (
            SOLUTION.replace("\n\n    def __str__(self):\n        return self.reason", ""),
            "What is different?",
        ),
        (
            SOLUTION.replace(
                "        for future in futures:\n" + CAUGHT,
                "        try:\n            for future in futures:\n"
                '                print("shipped", future.result())\n'
                "        except OrderError as error:\n"
                '            print(f"order {error.number}: {error}")\n',
            ),
            "Order 4 is missing",
        ),
        (SOLUTION.replace('print(f"order {error.number}: {error}")', "pass"), "Nobody hears that order 3 failed"),
        (
            SOLUTION.replace("future.result()", "ship(future)").replace("executor.submit(ship, number)", "number"),
            "No worker has shipped anything",
        ),
    ],
    check=check,
)
