"""Exercise 1 of notebook 02: threads wait at the same time."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from helpers.pages import page_server
from helpers.workers import fetch_page

if __name__ == "__main__":
    with page_server(latency=0.2) as address:
        urls = [f"{address}/{number}" for number in range(8)]
        sizes = [fetch_page(url) for url in urls]
    print(sizes)
"""

SOLUTION = """\
from multiprocessing.pool import ThreadPool

from helpers.pages import page_server
from helpers.workers import fetch_page

if __name__ == "__main__":
    with page_server(latency=0.2) as address:
        urls = [f"{address}/{number}" for number in range(8)]
        with ThreadPool(processes=8) as pool:
            sizes = pool.map(fetch_page, urls)
    print(sizes)
"""

IMPORT = "from multiprocessing.pool import ThreadPool"

EXECUTOR = SOLUTION.replace(IMPORT, "from concurrent.futures import ThreadPoolExecutor").replace(
    "ThreadPool(processes=8)", "ThreadPoolExecutor(8)"
)

THREADS = """\
import threading

from helpers.pages import page_server
from helpers.workers import fetch_page

sizes = [0] * 8


def fetch(number, url):
    sizes[number] = fetch_page(url)


if __name__ == "__main__":
    with page_server(latency=0.2) as address:
        threads = [threading.Thread(target=fetch, args=(number, f"{address}/{number}")) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(sizes)
"""


def check(attempt):
    if attempt.calls_in_children("fetch_page"):
        return Hint(
            "Processes fetch the pages here. They take longer to start, and this work needs no core. What is lighter?",
            "Give the pages to eight threads instead of processes.",
            "with ThreadPool(processes=8) as pool:",
        )
    if attempt.one_by_one:
        return Hint(
            "Each page is asked for only when the one before it is there. Where does the program wait for a result?",
            "submit(...).result() waits at once. Submit all pages first, or let map do so.",
            "sizes = list(executor.map(fetch_page, urls))",
        )
    if not attempt.overlapped("fetch_page"):
        return Hint(
            "The program waits for one page at a time. Who could wait for the others meanwhile?",
            "Make a pool of eight threads, and let its map fetch the pages.",
            "with ThreadPool(processes=8) as pool:\n    sizes = pool.map(fetch_page, urls)",
        )
    if any(pool.size < 8 for pool in attempt.pools):
        size = attempt.pools[0].size
        return Hint(
            f"The pages are fetched at the same time, but at most {size} of them. How many are there?",
            "Make the pool as large as the number of pages.",
            "with ThreadPool(processes=8) as pool:",
        )
    if "<Future at" in attempt.output:
        return Hint(
            "These are promises of results, not results. How do you ask a Future for what it holds?",
            "submit returns a Future. When all pages are submitted, ask each Future for its result.",
            "sizes = [future.result() for future in futures]",
        )
    if "generator object" in attempt.output:
        return Hint(
            "This is an iterator, not a list. What gets the sizes out of it?",
            "The map of an executor returns an iterator. Make a list from it while the server is still running.",
            "sizes = list(executor.map(fetch_page, urls))",
        )
    if attempt.lines != [str([16] * 8)]:
        return Hint(
            f"The program should print one list with the sizes of all eight pages, {[16] * 8}. "
            f"It printed {attempt.lines}.",
            "Gather what fetch_page returns for each page, and print that once.",
            "sizes = pool.map(fetch_page, urls)\nprint(sizes)",
        )
    return None


EXERCISE = Exercise(
    title="fetch the pages at once",
    task="""\
This program waits for one page after the other. Let eight threads wait for all pages at the same time.
It must still print the same list.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="Threads suit work that waits: they start at once and need little memory.",
    praise="Eight threads waited for eight pages at the same time, and the sizes came back in order.",
    mistakes="`Pool` for `ThreadPool`; `submit(...).result()`; a list of futures; fetch when the server has gone",
    ask="What do the processes do meanwhile? Where does it wait?",
    right=[EXECUTOR.replace("pool.map(fetch_page, urls)", "list(pool.map(fetch_page, urls))"), THREADS],
    wrong=[
        (
            SOLUTION.replace(IMPORT, "from multiprocessing import Pool").replace("ThreadPool(", "Pool("),
            "Processes fetch the pages",
        ),
        (
            EXECUTOR.replace("pool.map(fetch_page, urls)", "[pool.submit(fetch_page, url).result() for url in urls]"),
            "Each page is asked for only when",
        ),
        (EXECUTOR, "This is an iterator"),
        (
            EXECUTOR.replace("pool.map(fetch_page, urls)", "[pool.submit(fetch_page, url) for url in urls]"),
            "promises of results",
        ),
        (SOLUTION.replace("processes=8", "processes=2"), "at most 2 of them"),
        (
            THREADS.replace("thread.start()\n        for thread in threads:\n    ", "thread.start()\n    "),
            "one page at a time",
        ),
        (
            SOLUTION.replace("        with Thread", "    with Thread").replace("            sizes", "        sizes"),
            "No server answered",
        ),
    ],
    check=check,
)
