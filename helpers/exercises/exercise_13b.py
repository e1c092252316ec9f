"""Exercise 2 of notebook 13: follow the advice, and let threads wait."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from multiprocessing import Pool

from helpers.pages import page_server
from helpers.workers import fetch_page

if __name__ == "__main__":
    with page_server(latency=0.2) as address:
        pages = [f"{address}/{number}" for number in range(8)]
        with Pool(8) as pool:
            print(pool.map(fetch_page, pages, chunksize=1))
"""

SOLUTION = GIVEN.replace("from multiprocessing import Pool", "from multiprocessing.pool import ThreadPool").replace(
    "Pool(8)", "ThreadPool(8)"
)
ANSWER = str([16] * 8)


def check(attempt):
    if attempt.process_pools or attempt.processes:
        started = sum(pool.size for pool in attempt.process_pools) + len(attempt.processes)
        return Hint(
            f"The program starts {started} processes, and all they do is wait. Who could wait for less?",
            "Use a ThreadPool. Everything else stays as it is.",
            "from multiprocessing.pool import ThreadPool",
        )
    if attempt.lines != [ANSWER]:
        return Hint(
            f"The program should still print {ANSWER}. It printed {attempt.lines}. What changed?",
            "Fetch all eight pages, and print the list of their sizes.",
            "print(pool.map(fetch_page, pages, chunksize=1))",
        )
    if not attempt.overlapped("fetch_page"):
        return Hint(
            "No process is started anymore, but now the pages are fetched one after another.",
            "Start eight threads, so that all pages can be on their way at the same time.",
            "with ThreadPool(8) as pool:",
        )
    return None


EXERCISE = Exercise(
    title="the advice was threads",
    task="""\
This program starts eight processes to fetch eight pages. The advice on `fetch_page` is to use eight threads.

Follow it. The program must print the same list.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="""\
One line of `import` and one word: a `ThreadPool` has the same methods as a `Pool`. Under a `ThreadPool`, nothing is
pickled.""",
    praise="Eight threads wait for eight pages at the same time, and no process had to be started.",
    mistakes="fewer processes; a single thread, or a loop; fetch fewer pages",
    ask="Who could wait for less?",
    right=[
        SOLUTION.replace("ThreadPool(8)", "ThreadPool(processes=8)"),
        GIVEN.replace("from multiprocessing import Pool", "from concurrent.futures import ThreadPoolExecutor").replace(
            "        with Pool(8) as pool:\n            print(pool.map(fetch_page, pages, chunksize=1))",
            "        with ThreadPoolExecutor(8) as executor:\n            print(list(executor.map(fetch_page, pages)))",
        ),
    ],
    wrong=[
        (GIVEN.replace("Pool(8)", "Pool(4)"), "The program starts 4 processes"),
        (SOLUTION.replace("ThreadPool(8)", "ThreadPool(1)"), "one after another"),
        (SOLUTION.replace("pages, chunksize", "pages[1:], chunksize"), "should still print"),
        (
            SOLUTION.replace(
                "        with ThreadPool(8) as pool:\n            print(pool.map(fetch_page, pages, chunksize=1))",
                "        print([fetch_page(page) for page in pages])",
            ),
            "one after another",
        ),
    ],
    check=check,
)
