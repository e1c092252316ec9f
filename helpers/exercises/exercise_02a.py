"""Exercise 1 of notebook 02: threads wait at the same time."""

from helpers.exercises import Exercise

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
        return "these are processes. They work too, but threads are enough for waiting: ThreadPool(processes=8)."
    if attempt.one_by_one:
        return "submit(...).result() waits for each page before the next is begun. Use map, or submit all pages first."
    if not attempt.overlapped("fetch_page"):
        return "the pages are still fetched one after the other. Make a pool: with ThreadPool(processes=8) as pool: ..."
    if any(pool.size < 8 for pool in attempt.pools):
        size = attempt.pools[0].size
        return f"{size} threads fetch at most {size} pages at a time. Make it eight."
    if "<Future at" in attempt.output:
        return "submit returns a Future. Submit all pages first, and then ask each Future for its result()."
    if "generator object" in attempt.output:
        return "executor.map returns an iterator. Make a list of it while the server runs: list(executor.map(...))."
    if attempt.lines != [str([16] * 8)]:
        return f"the list should hold the sizes of all eight pages, {[16] * 8}. The script printed {attempt.lines}."
    return None


EXERCISE = Exercise(
    title="fetch the pages at once",
    task="""\
This program waits for one page after the other. Let eight threads wait for all of them at the same time.
The printed list must stay the same.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="Threads suit work that waits: they start at once and need little memory.",
    praise="Eight threads waited for eight pages at the same time, and brought the sizes home in order.",
    right=[EXECUTOR.replace("pool.map(fetch_page, urls)", "list(pool.map(fetch_page, urls))"), THREADS],
    wrong=[
        (
            SOLUTION.replace(IMPORT, "from multiprocessing import Pool").replace("ThreadPool(", "Pool("),
            "these are processes",
        ),
        (
            EXECUTOR.replace("pool.map(fetch_page, urls)", "[pool.submit(fetch_page, url).result() for url in urls]"),
            "waits for each page",
        ),
        (EXECUTOR, "an iterator"),
        (EXECUTOR.replace("pool.map(fetch_page, urls)", "[pool.submit(fetch_page, url) for url in urls]"), "a Future"),
        (SOLUTION.replace("processes=8", "processes=2"), "2 threads fetch at most 2 pages"),
        (
            THREADS.replace("thread.start()\n        for thread in threads:\n    ", "thread.start()\n    "),
            "one after the other",
        ),
        (
            SOLUTION.replace("        with Thread", "    with Thread").replace("            sizes", "        sizes"),
            "no server answered",
        ),
    ],
    check=check,
)
