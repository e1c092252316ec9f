"""What people ask about the start methods."""

from helpers.asked import Asked

DOCS = "https://docs.python.org/3/library/multiprocessing.html"

ASKED = (
    Asked(
        "How do fork, spawn and forkserver differ?",
        "Fork copies the parent, spawn starts a fresh Python, and forkserver copies a fresh Python that was started "
        "once.",
        "07-start-methods-and-pickling#What each child sees",
        "https://stackoverflow.com/questions/64095876",
        versions="The default is spawn on Windows and, since Python 3.8, macOS; forkserver on Linux since Python 3.14.",
        words="start method difference compare set_start_method context",
    ),
    Asked(
        "Which start method should I use?",
        "The default, unless you have a reason. A program that sends what its workers need runs with any of them.",
        "07-start-methods-and-pickling#Choose a start method",
        f"{DOCS}#contexts-and-start-methods",
        words="best recommended safe",
    ),
    Asked(
        "My program works with Python 3.13, and is wrong with Python 3.14. Why?",
        "Its workers are no longer copies of the parent, so they don't have what it set under the guard. Send it.",
        "07-start-methods-and-pickling#Right with 3.13, wrong with 3.14",
        "https://github.com/ungoogled-software/ungoogled-chromium/pull/3866",
        versions="Linux. It never worked on Windows, nor on macOS since Python 3.8.",
        words="global variable old value default upgrade broken forkserver works on Linux",
    ),
    Asked(
        "Why do my workers not see a change of `os.environ`?",
        "The fork server got the environment when it started, with the first process. Pass the value as an argument.",
        "07-start-methods-and-pickling#What each child sees",
        "https://github.com/airspeed-velocity/asv/pull/1551",
        versions="Linux since Python 3.14. With fork and spawn they see it.",
        words="environment variable setenv export getenv forkserver",
    ),
    Asked(
        "What does the warning about `fork()` and deadlocks mean?",
        "The parent has several threads, and a forked child only one. A lock that another thread held stays locked. "
        "Use another start method.",
        "07-start-methods-and-pickling#How to see the warning",
        "https://github.com/joblib/joblib/issues/1650",
        messages=(
            "DeprecationWarning: This process (pid=…) is multi-threaded, use of fork() may lead to deadlocks in the "
            "child.",
        ),
        versions="Since Python 3.12. It's hidden unless you ask for it.",
        words="multithreaded popen_fork threads deadlock",
    ),
    Asked(
        "My program hangs now and then, and only on Linux. Why?",
        "A library's thread may hold a lock just when you fork. The child waits for its copy of the lock forever.",
        "07-start-methods-and-pickling#A lock in a library",
        "https://pythonspeed.com/articles/python-multiprocessing",
        versions="With fork, the default on Linux until Python 3.13.",
        words="random sometimes rarely intermittent stuck deadlock sharks fork threads",
    ),
    Asked(
        "What does “context has already been set” mean?",
        "`set_start_method` works only once. Call it once under the guard, or use `get_context`, above all in a "
        "library.",
        "07-start-methods-and-pickling#Choose a start method",
        "https://github.com/lncrawl/lightnovel-crawler/issues/2850",
        messages=("RuntimeError: context has already been set",),
        words="set_start_method twice force",
    ),
    Asked(
        "What does “SemLock created in a fork context” mean?",
        "A lock or queue of one start method went to a process of another one. Take both from the same context.",
        "07-start-methods-and-pickling#Choose a start method",
        f"{DOCS}#contexts-and-start-methods",
        messages=(
            "RuntimeError: A SemLock created in a fork context is being shared with a process in a spawn context. "
            "This is not supported.…",
        ),
        words="mix get_context Queue Lock Event",
    ),
    Asked(
        "Why can't Python find the context `fork`?",
        "Windows has only spawn. Don't ask for fork there, and send what the workers need.",
        "07-start-methods-and-pickling#Choose a start method",
        "https://github.com/WikiExtractor/wikiextractor/issues/287",
        messages=("ValueError: cannot find context for 'fork'",),
        versions="Windows.",
        words="forkserver unavailable get_context",
        not_run="It takes Windows.",
    ),
    Asked(
        "My forked program crashes on a Mac. Why?",
        "Apple's libraries start threads, and the system ends a child that gets in their way. Use spawn, the default.",
        "07-start-methods-and-pickling#Only once in a while",
        "https://stackoverflow.com/questions/50168647",
        messages=("may have been in progress in another thread when fork() was called",),
        versions="macOS, with fork: the default until Python 3.7.",
        words="objc OBJC_DISABLE_INITIALIZE_FORK_SAFETY Crashing instead initialize macOS Apple",
        not_run="It takes a Mac.",
    ),
    Asked(
        "What does “Cannot re-initialize CUDA in forked subprocess” mean?",
        "The graphics card was used before the fork, and the child can't use it. Use spawn, and touch the card only in "
        "the workers.",
        "07-start-methods-and-pickling#What people ask",
        "https://github.com/facebookresearch/pycls/issues/183",
        below='What does "Cannot re-initialize CUDA in forked subprocess" mean?',
        messages=("RuntimeError: Cannot re-initialize CUDA in forked subprocess.…",),
        words="GPU torch PyTorch graphics card",
        not_run="It takes a graphics card.",
    ),
    Asked(
        "What is `__mp_main__`?",
        "The name under which a new process imports your script, so that it skips what is under the guard.",
        "03-create-a-process#Three ways to start a process",
        f"{DOCS}#multiprocessing-safe-main-import",
        words="traceback module name main",
    ),
    Asked(
        "Why do my processes take so long to start?",
        "With spawn each one imports again what your script imports. Keep the workers in a small file of their own.",
        "07-start-methods-and-pickling#What imports cost",
        f"{DOCS}#multiprocessing.set_forkserver_preload",
        versions="With forkserver too, before Python 3.13.8 and 3.14.1.",
        words="slow start-up startup import overhead preload NumPy",
    ),
)
