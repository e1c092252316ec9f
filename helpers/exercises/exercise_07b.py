"""Exercise 2 of notebook 07: an object that can't be pickled, and a method of it that should travel."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing
import sys


class Shop:
    def __init__(self, factor, journal):
        self.journal = journal
        self.price = lambda number: factor * number

    def show(self, numbers):
        with multiprocessing.Pool(processes=2) as pool:
            prices = pool.map(self.price, numbers)
        print("prices:", prices, file=self.journal)


if __name__ == "__main__":
    Shop(3, sys.stdout).show([1, 2, 3])
"""

SOLUTION = """\
import multiprocessing
import sys
from functools import partial


def price(factor, number):
    return factor * number


class Shop:
    def __init__(self, factor, journal):
        self.factor = factor
        self.journal = journal

    def show(self, numbers):
        with multiprocessing.Pool(processes=2) as pool:
            prices = pool.map(partial(price, self.factor), numbers)
        print("prices:", prices, file=self.journal)


if __name__ == "__main__":
    Shop(3, sys.stdout).show([1, 2, 3])
"""

ANSWER = ["prices: [3, 6, 9]"]

METHOD = GIVEN.replace(
    "        self.price = lambda number: factor * number\n",
    "        self.factor = factor\n\n    def price(self, number):\n        return self.factor * number\n",
)
LEAVE_OUT = """
    def __getstate__(self):
        state = self.__dict__.copy()
        del state["journal"]
        return state

    def show"""


def check(attempt):
    if attempt.lines != ANSWER:
        return Hint(
            f"The program should print one line, {ANSWER[0]}. It printed {attempt.lines}. What is different?",
            "Let the workers multiply each number by 3. The parent writes the line.",
            'print("prices:", prices, file=self.journal)',
        )
    if not attempt.calls_in_children():
        return Hint(
            "The prices are right, but no process other than the parent computed one. Who should?",
            "Leave that to the workers of a pool of processes.",
            "prices = pool.map(partial(price, self.factor), numbers)",
        )
    if "journal" not in attempt.source.rpartition("print(")[2]:
        return Hint(
            "The line was printed, but not to the shop's journal. Where does the parent keep that?",
            "The object may keep its journal. It's only on the way to a worker that it must not be there.",
            'print("prices:", prices, file=self.journal)',
        )
    return None


EXERCISE = Exercise(
    title="an object that can't travel",
    task="""\
This shop keeps a journal: an open file, here the standard output. Its workers compute the prices, and the parent writes
them into the journal. It should print:

```
prices: [3, 6, 9]
```

But it fails. Change the class so that it works. There may be more than one thing in the way.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
The workers get a plain function and a number. The object, with all that it holds, stays in the parent.
`price` may also be a method, if a `__getstate__` leaves the journal out.
""",
    praise="Only what can be pickled was sent to the workers.",
    mistakes="a method for the lambda; a nested function; threads, or a loop; drop the journal",
    ask="What does a method take along?",
    right=[
        METHOD.replace("\n    def show", LEAVE_OUT),
        SOLUTION.replace("from functools import partial\n", "").replace(
            "pool.map(partial(price, self.factor), numbers)", "pool.starmap(price, [(self.factor, n) for n in numbers])"
        ),
    ],
    wrong=[
        (METHOD, "can't be pickled: TextIOWrapper"),
        (
            GIVEN.replace("lambda number: factor * number\n", "self.multiply(factor)\n").replace(
                "    def show",
                "    def multiply(self, factor):\n        def price(number):\n            return factor * number\n\n"
                "        return price\n\n    def show",
            ),
            "Workers find a function by its name",
        ),
        (
            GIVEN.replace("pool.map(self.price, numbers)", "[self.price(number) for number in numbers]"),
            "no process other than the parent",
        ),
        (
            GIVEN.replace("multiprocessing.Pool(processes=2)", "ThreadPool(2)").replace(
                "import multiprocessing\n", "from multiprocessing.pool import ThreadPool\n"
            ),
            "no process other than the parent",
        ),
        (SOLUTION.replace(", file=self.journal", ""), "not to the shop's journal"),
        (SOLUTION.replace("factor * number", "number"), "prices: [3, 6, 9]"),
    ],
    check=check,
)
