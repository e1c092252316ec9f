"""What people ask about threads, executors and other ways."""

from helpers.asked import Asked

ASKED = (
    Asked(
        "Threads or processes?",
        "Threads for work that waits, processes for work that computes. With the GIL, only one thread at a time runs "
        "Python code.",
        "02-processes-or-threads#Which is faster for which work?",
        "https://stackoverflow.com/questions/3044580",
        words="multithreading threading GIL difference CPU-bound I/O-bound",
    ),
    Asked(
        "Is there a `Pool` of threads?",
        "Yes: `ThreadPool` has the same methods. In new programs, use `ThreadPoolExecutor`.",
        "02-processes-or-threads#Which is faster for which work?",
        "https://stackoverflow.com/questions/3033952",
        words="threads multiprocessing.dummy ThreadPoolExecutor",
    ),
    Asked(
        "`concurrent.futures` or `multiprocessing`?",
        "An executor has fewer methods, but it notices when a worker dies, and loses no work at the end of its block.",
        "05-use-a-pool#What people ask",
        "https://stackoverflow.com/questions/24896193",
        below="`Pool` or `concurrent.futures`?",
        words="ProcessPoolExecutor difference newer",
    ),
    Asked(
        "Does free threading replace multiprocessing?",
        "Not yet: the usual build still has its GIL, and processes keep memory and crashes apart.",
        "02-processes-or-threads#The GIL in each version",
        "https://peps.python.org/pep-0779/",
        versions="Without the GIL: a build of its own, experimental in Python 3.13, supported since Python 3.14.",
        words="no GIL nogil free-threaded 3.14t PEP 703",
    ),
    Asked(
        "What is an `InterpreterPoolExecutor`?",
        "Its workers are threads of one process, each with an interpreter and a GIL of its own.",
        "02-processes-or-threads#The GIL in each version",
        "https://docs.python.org/3/library/concurrent.futures.html#interpreterpoolexecutor",
        versions="Since Python 3.14.",
        words="subinterpreters concurrent.interpreters PEP 734",
    ),
)
