"""Exercise 3 of notebook 05: a worker of one's own, in a module, for a pool in the notebook."""

from helpers.exercises import Exercise

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
        return "the worker returned None. Let it return the pair and the count, and print nothing."
    if attempt.lines == ["4", "4", "7"]:
        return "these are the counts. Return each together with the pair that it belongs to: return pair, count."
    if attempt.lines == ["((0, 10), 4)", "((10, 20), 8)", "((20, 50), 15)"]:
        return "these are all primes below the end of each pair. Take away those below the start."
    if attempt.lines != ["((0, 10), 4)", "((10, 20), 4)", "((20, 50), 7)"]:
        return f"the pool should bring home the three lines of the task. It brought {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="a worker of your own, in a module",
    task="""\
The pool of this exercise runs here in the notebook. So its worker has to stand in a file that the workers can import:
a *module*. The first cell below writes it, the second one uses it, the third one checks it.

Write `primes_between`. It gets a pair such as `(10, 20)`. It returns the pair together with the number of primes from
10 to 19. `count_primes(20)` counts all primes below 20. The second cell should print:

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
    right=[
        """\
def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, number))


def primes_between(pair):
    return pair, sum(map(is_prime, range(*pair)))
""",
    ],
    wrong=[
        (SOLUTION.replace("return pair, ", "print(pair, ").replace("(start)", "(start))"), "returned None"),
        (
            SOLUTION.replace("(pair):\n    start, stop = pair", "(start, stop):\n    pair = (start, stop)"),
            "too few arguments",
        ),
        (SOLUTION.replace("return pair, ", "return "), "together with the pair"),
        (SOLUTION.replace("count_primes(stop) - count_primes(start)", "count_primes(stop)"), "below the start"),
        (
            "from helpers.workers import count_primes\n\n"
            "primes_between = lambda pair: (pair, count_primes(pair[1]) - count_primes(pair[0]))\n",
            "with def",
        ),
        (SOLUTION.replace("primes_between", "primes"), "has no attribute 'primes_between'"),
    ],
    check=check,
)
