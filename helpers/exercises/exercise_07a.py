"""Exercise 1 of notebook 07: what the workers need is sent to them, so it works with each start method."""

import re

from helpers.exercises import Exercise, Hint

GIVEN = """\
import multiprocessing


def read_prices():
    print("reading the prices")
    return {"tea": 3, "coffee": 4, "milk": 1}


def price_of(name):
    return prices[name]


if __name__ == "__main__":
    prices = read_prices()
    with multiprocessing.Pool(processes=2) as pool:
        print(pool.map(price_of, ["coffee", "milk", "tea"]))
"""

SOLUTION = """\
import multiprocessing


def read_prices():
    print("reading the prices")
    return {"tea": 3, "coffee": 4, "milk": 1}


def set_up(prices_to_keep):
    global prices
    prices = prices_to_keep


def price_of(name):
    return prices[name]


if __name__ == "__main__":
    with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(read_prices(),)) as pool:
        print(pool.map(price_of, ["coffee", "milk", "tea"]))
"""

READ = "reading the prices"
ANSWER = "[4, 1, 3]"


def check(attempt):
    if re.search("""["']fork["']""", attempt.source):
        return Hint(
            "The program asks for fork. Which systems have that?",
            "Windows doesn't, and elsewhere fork has its dangers. Keep the default, and send the workers the prices.",
            "with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(prices,)) as pool:",
        )
    if READ in attempt.lines_of_children:
        return Hint(
            "A worker read the prices. Which processes run the line that reads them?",
            "Let only the parent read them, under the guard, and send them to the workers.",
            "with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(read_prices(),)) as pool:",
        )
    if attempt.lines.count(READ) > 1:
        return Hint(
            "The prices were read more than once. Which lines call read_prices?",
            "One call in the parent is enough: its result goes to all workers.",
            "with multiprocessing.Pool(processes=2, initializer=set_up, initargs=(prices,)) as pool:",
        )
    if ANSWER not in attempt.lines:
        return Hint(
            f"The program should print {ANSWER}. It printed {attempt.lines}. What is different?",
            "Look up coffee, milk and tea, in this order, and print the list that map returns.",
            'print(pool.map(price_of, ["coffee", "milk", "tea"]))',
        )
    if not attempt.calls_in_children():
        return Hint(
            "No worker had anything to do. Who looks the prices up?",
            "Leave that to the pool.",
            'print(pool.map(price_of, ["coffee", "milk", "tea"]))',
        )
    if READ not in attempt.lines:
        return Hint(
            "Nobody has read the prices. Where do they come from?",
            "Keep read_prices as it is, and call it in the parent.",
            "prices = read_prices()",
        )
    return None


EXERCISE = Exercise(
    title="right with every start method",
    task="""\
This program worked for years on Linux. With Python 3.14 it ends with a `NameError`, as it always has on Windows.

Change it so that it prints `[4, 1, 3]` with every start method. Reading the prices takes long, so only the parent
should do it, and only once.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword=(
        "Each worker gets the prices once, when it starts. For a table as small as this one, "
        "`partial` is just as good: it sends the table with each chunk of tasks."
    ),
    praise="The workers were sent what they need, so it doesn't matter how they're started.",
    mistakes="ask for fork; read the prices at the top, or in the initializer; forget `global`",
    ask="Which processes run this line?",
    right=[
        SOLUTION.replace("import multiprocessing", "import multiprocessing\nfrom functools import partial")
        .replace("def set_up(prices_to_keep):\n    global prices\n    prices = prices_to_keep\n\n\n", "")
        .replace("def price_of(name)", "def price_of(prices, name)")
        .replace(", initializer=set_up, initargs=(read_prices(),)", "")
        .replace("pool.map(price_of,", "pool.map(partial(price_of, read_prices()),"),
        SOLUTION.replace("import multiprocessing", "from concurrent.futures import ProcessPoolExecutor")
        .replace("multiprocessing.Pool(processes=2", "ProcessPoolExecutor(2")
        .replace("pool.map(price_of, ", "list(pool.map(price_of, ")
        .replace('"tea"]))', '"tea"])))'),
    ],
    wrong=[
        (
            GIVEN.replace(
                "    with multiprocessing.Pool(",
                '    context = multiprocessing.get_context("fork")\n    with context.Pool(',
            ),
            "Which systems have that?",
        ),
        (
            GIVEN.replace("    prices = read_prices()\n", "").replace(
                "def price_of", "prices = read_prices()\n\n\ndef price_of"
            ),
            "A worker read the prices",
        ),
        (
            SOLUTION.replace("prices_to_keep):", "):")
            .replace("= prices_to_keep", "= read_prices()")
            .replace(", initargs=(read_prices(),)", ""),
            "A worker read the prices",
        ),
        (SOLUTION.replace("    with ", "    prices = read_prices()\n    with "), "read more than once"),
        (SOLUTION.replace("    global prices\n", ""), "name prices is not defined"),
        (
            GIVEN.replace("    prices = read_prices()", "    global prices\n    prices = read_prices()")
            .replace("def price_of(name):\n", 'def price_of(name):\n    prices = {"tea": 3, "coffee": 4, "milk": 1}\n')
            .replace("    global prices\n    prices = read_prices()\n", ""),
            "Nobody has read the prices",
        ),
        (
            GIVEN.replace("pool.map(price_of, [", "[price_of(name) for name in [").replace('"tea"]))', '"tea"]])'),
            "No worker had anything to do",
        ),
    ],
    check=check,
)
