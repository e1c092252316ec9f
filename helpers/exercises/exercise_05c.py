"""Exercise 3 of notebook 05: a worker of your own, in a module."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from helpers.workers import count_primes


def primes_between(pair):
    return ...
"""

USE = """\
from multiprocessing import Pool

from exercise_05c import primes_between

if __name__ == "__main__":
    with Pool(processes=2) as pool:
        for answer in pool.map(primes_between, [(0, 10), (10, 20), (20, 50)]):
            print(answer)
"""

SOLUTION = """\
from helpers.workers import count_primes


def primes_between(pair):
    start, stop = pair
    return pair, count_primes(stop) - count_primes(start)
"""


def check(attempt):
    if attempt.lines == ["None"] * 3 or len(attempt.lines) > 3:
        return Hint(
            "The script got None from your function. Where did the count go?",
            "Let the function return the pair and the count, and print nothing.",
            "return pair, count_primes(stop) - count_primes(start)",
        )
    if attempt.lines == ["4", "4", "7"]:
        return Hint(
            "The counts are right. Which pair does each belong to?",
            "Return each count together with its pair.",
            "return pair, count_primes(stop) - count_primes(start)",
        )
    if attempt.lines == ["((0, 10), 4)", "((10, 20), 8)", "((20, 50), 15)"]:
        return Hint(
            "8 primes from 10 to 19? Below 10 there are 4 already.",
            "Subtract the primes below the start of the pair.",
            "return pair, count_primes(stop) - count_primes(start)",
        )
    if attempt.lines != ["((0, 10), 4)", "((10, 20), 4)", "((20, 50), 7)"]:
        return Hint(
            f"The script printed {attempt.lines}. Which of the three lines in the task differs?",
            "Take the pair apart, count the primes below its end and below its start, and return the pair with the "
            "difference.",
            "start, stop = pair\nreturn pair, count_primes(stop) - count_primes(start)",
        )
    return None


EXERCISE = Exercise(
    title="a worker of your own, in a module",
    task="""\
The workers have to import your function from a file: a *module*. The cell below writes that file, `exercise_05c.py`.

Write `primes_between`. It gets a pair such as `(10, 20)`. It returns the pair together with the number of primes from
10 to 19. (`count_primes(20)` counts all primes below 20.) The script at the end should then print:

```
((0, 10), 4)
((10, 20), 4)
((20, 50), 7)
```
""",
    given=GIVEN,
    use=USE,
    solution=SOLUTION,
    afterword="`pool.map` hands over one item as one argument. The worker takes the pair apart itself.",
    praise="The workers imported your module, found the function by its name, and returned the right counts.",
    mistakes="two parameters for one pair; a lambda; return the count only; forget to subtract",
    ask="What does `map` hand over as one item?",
    right=[
        """\
def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, number))


def primes_between(pair):
    return pair, sum(map(is_prime, range(*pair)))
""",
    ],
    wrong=[
        (
            SOLUTION.replace("return pair, ", "print(pair, ").replace("(start)", "(start))"),
            "got None from your function",
        ),
        (
            SOLUTION.replace("(pair):\n    start, stop = pair", "(start, stop):\n    pair = (start, stop)"),
            "too few arguments",
        ),
        (SOLUTION.replace("return pair, ", "return "), "Which pair does each belong to"),
        (SOLUTION.replace("count_primes(stop) - count_primes(start)", "count_primes(stop)"), "8 primes from 10 to 19"),
        (
            "from helpers.workers import count_primes\n\n"
            "primes_between = lambda pair: (pair, count_primes(pair[1]) - count_primes(pair[0]))\n",
            "Workers find a function by its name",
        ),
        (SOLUTION.replace("primes_between", "primes"), "looks for primes_between in your module"),
    ],
    check=check,
)
