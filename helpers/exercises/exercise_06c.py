"""Exercise 3 of notebook 06: threads for what waits, processes for what computes."""

from helpers.exercises import Exercise, Hint

GIVEN = """\
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from helpers.pages import page_server
from helpers.workers import count_primes, fetch_page

if __name__ == "__main__":
    with page_server(latency=0.1) as address:
        urls = [f"{address}/{number}" for number in range(8)]
        sizes = [fetch_page(url) for url in urls]
    print(sizes)

    counts = [count_primes(limit) for limit in [40_000] * 4]
    print(counts)
"""

SOLUTION = """\
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from helpers.pages import page_server
from helpers.workers import count_primes, fetch_page

if __name__ == "__main__":
    with page_server(latency=0.1) as address:
        urls = [f"{address}/{number}" for number in range(8)]
        with ThreadPool(processes=8) as threads:
            sizes = threads.map(fetch_page, urls)
    print(sizes)

    with Pool(processes=4) as pool:
        counts = pool.map(count_primes, [40_000] * 4, chunksize=1)
    print(counts)
"""

LINES = [str([16] * 8), str([4203] * 4)]


def check(attempt):
    if attempt.calls_in_children("fetch_page"):
        return Hint(
            "The pages were fetched in processes of their own. What do these processes do while a page is on its way?",
            "They wait, and threads can do that more cheaply. Fetch the pages in a ThreadPool.",
            "with ThreadPool(processes=8) as threads:\n    sizes = threads.map(fetch_page, urls)",
        )
    if not attempt.overlapped("fetch_page"):
        return Hint(
            "The pages were fetched one after the other. How long does the program wait for all eight of them?",
            "Let eight threads wait at the same time. Fetch the pages in a ThreadPool.",
            "with ThreadPool(processes=8) as threads:\n    sizes = threads.map(fetch_page, urls)",
        )
    if attempt.calls_in_parent("count_primes"):
        return Hint(
            "The main process counted primes. With the GIL on, how many threads of one process can run Python code at "
            "the same time?",
            "Only one. Count the primes in a pool of processes.",
            "with Pool(processes=4) as pool:\n    counts = pool.map(count_primes, [40_000] * 4)",
        )
    if attempt.lines != LINES:
        return Hint(
            "The right workers did the work. But does the program still print the same list of sizes, and then the "
            "same list of counts?",
            "map returns a list in the order of the items. Print it as it is.",
            "print(sizes)\nprint(counts)",
        )
    if attempt.one_by_one:
        return Hint(
            "Each task was handed over only when the one before it was done. Which call hands over all of them?",
            "Call map once, with the whole list.",
            "counts = pool.map(count_primes, [40_000] * 4)",
        )
    return None


EXERCISE = Exercise(
    title="the right tool for each job",
    task="""\
This program has two jobs. It fetches eight pages, and then it counts primes four times. Everything happens one after
the other. Make both jobs faster, each with the tool that suits it: one in a pool of threads, the other in a pool of
processes. The two printed lists must stay the same.
""",
    given=GIVEN,
    solution=SOLUTION,
    afterword="`chunksize=1` hands over the counts one by one. For four tasks and four workers, that's the default.",
    praise="Threads waited for the pages together, and processes counted the primes.",
    mistakes="processes for both; threads for both; change only one of the jobs",
    ask="Does this job compute, or wait?",
    right=[
        """\
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from helpers.pages import page_server
from helpers.workers import count_primes, fetch_page

if __name__ == "__main__":
    with page_server(latency=0.1) as address:
        with ThreadPoolExecutor(max_workers=8) as executor:
            print(list(executor.map(fetch_page, [f"{address}/{number}" for number in range(8)])))
    with ProcessPoolExecutor(max_workers=4) as executor:
        print(list(executor.map(count_primes, [40_000] * 4)))
""",
    ],
    wrong=[
        (
            SOLUTION.replace("ThreadPool(processes=8)", "Pool(processes=8)"),
            "What do these processes do",
        ),
        (SOLUTION.replace(" Pool(processes=4)", " ThreadPool(processes=4)"), "The main process counted primes"),
        (
            GIVEN.replace(
                "    counts = [count_primes(limit) for limit in [40_000] * 4]",
                "    with Pool(processes=4) as pool:\n        counts = pool.map(count_primes, [40_000] * 4)",
            ),
            "one after the other",
        ),
        (SOLUTION.replace("[40_000] * 4, chunksize=1", "[40_000] * 3"), "still print the same list"),
    ],
    check=check,
)
