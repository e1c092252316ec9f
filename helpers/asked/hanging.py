"""What people ask when a program hangs, or a process dies or will not end."""

from helpers.asked import Asked

DOCS = "https://docs.python.org/3/library/multiprocessing.html"

ASKED = (
    Asked(
        "`join()` hangs after `Queue.put`. Why?",
        "The pipe behind the queue is full, so the child can't end. Take out what is in the queue, and join after "
        "that.",
        "06-four-processes#Take first, join after",
        "https://stackoverflow.com/questions/31665328",
        words="deadlock get before join large results never returns",
    ),
    Asked(
        "A worker was killed, and my `Pool` waits forever. Why?",
        "A `Pool` replaces the worker, but its task is lost, and nobody says so. Use a `ProcessPoolExecutor`.",
        "09-when-things-go-wrong#A worker is killed",
        "https://github.com/python/cpython/issues/96062",
        words="OOM out of memory killer SIGKILL crash segfault hang map never returns",
    ),
    Asked(
        "What does `BrokenProcessPool` mean?",
        "A worker died: killed, crashed, without the guard, or with a function from a cell. Try the tasks one by one.",
        "09-when-things-go-wrong#A worker is killed",
        "https://stackoverflow.com/questions/15900366",
        messages=(
            "BrokenProcessPool: A process in the process pool was terminated abruptly while the future was running or "
            "pending.",
            "BrokenProcessPool: A child process terminated abruptly, the process pool is not usable anymore",
        ),
        versions="Since Python 3.15 the error also says which worker, and how it ended.",
        words="ProcessPoolExecutor crashed exit code concurrent.futures",
    ),
    Asked(
        "A worker died. Can a `Pool` tell me?",
        "No. You can only see that its processes have changed, so use an executor.",
        "09-when-things-go-wrong#What people ask",
        "https://github.com/python/cpython/issues/82265",
        below="Can a `Pool` tell me that a worker has died?",
        words="detect notice recover crash restart",
    ),
    Asked(
        "My pool hangs when a task raises my own exception. Why?",
        "The exception can't be unpickled. Give `super().__init__` all arguments, and make the text in `__str__`.",
        "09-when-things-go-wrong#An error that can't travel",
        "https://github.com/python/cpython/issues/103061",
        messages=("TypeError: ….__init__() missing … required positional argument…",),
        words="custom exception error class _handle_results Exception in thread reduce",
    ),
    Asked(
        "How do I stop a task that takes too long?",
        "A timeout of `get` ends only the waiting. Run the task in a process of its own, and terminate that.",
        "09-when-things-go-wrong#A task that takes too long",
        "https://stackoverflow.com/questions/29494001",
        versions="Since Python 3.14 an executor has `terminate_workers()` and `kill_workers()`.",
        words="timeout abort cancel kill TimeoutError time limit",
    ),
    Asked(
        "Does a timeout or a cancel end the work?",
        "No, only the waiting. The worker goes on, and the next task has to wait for it.",
        "05-use-a-pool#A timeout ends the waiting, not the work",
        f"{DOCS}#multiprocessing.pool.AsyncResult.get",
        words="timeout get TimeoutError still running future cancel",
    ),
    Asked(
        "How do I join with a time limit?",
        "`join(timeout)` returns either way. Then look at `is_alive()`, terminate, and join again.",
        "03-create-a-process#When the child does not end",
        "https://stackoverflow.com/questions/26063877",
        words="timeout wait seconds is_alive",
    ),
    Asked(
        "How do I kill a process, and what may break?",
        "`terminate()` or `kill()`. Neither runs `finally`, a lock stays locked, and a queue may hold half a message.",
        "03-create-a-process#What terminate and kill may break",
        "https://stackoverflow.com/questions/32053618",
        versions="Since Python 3.14 there is `interrupt()`, which runs `finally`.",
        words="stop end terminate SIGTERM SIGKILL clean up",
    ),
    Asked(
        "How do I stop a worker politely?",
        "Give it an `Event` that it checks now and then.",
        "09-when-things-go-wrong#What people ask",
        f"{DOCS}#multiprocessing.Event",
        below="How do I stop a worker politely?",
        words="graceful shutdown signal flag exit loop",
    ),
    Asked(
        "Why does Ctrl+C give me a flood of tracebacks?",
        "Each worker is interrupted, too. Let the workers ignore SIGINT, and leave the ending to the parent.",
        "09-when-things-go-wrong#Ctrl+C, and the interrupt button",
        "https://stackoverflow.com/questions/1408356",
        versions="Linux and macOS.",
        words="KeyboardInterrupt interrupt signal stop keyboard SIGINT pool hang",
    ),
    Asked(
        "Two of my processes wait for each other. What helps?",
        "Let all of them take the locks in the same order.",
        "09-when-things-go-wrong#Two locks, each for the other",
        "https://en.wikipedia.org/wiki/Dining_philosophers_problem",
        words="deadlock lock stuck circular philosophers",
    ),
    Asked(
        "`get()` hangs after I terminated a process. Why?",
        "It was ended in the middle of a message, and `get()` waits for the rest. Use a pipe for each process.",
        "09-when-things-go-wrong#Ended in the middle of a message",
        f"{DOCS}#multiprocessing.Process.terminate",
        words="queue corrupted half terminate recv EOFError",
    ),
    Asked(
        "My executor stops after a few tasks. Why?",
        "With `max_tasks_per_child`, some versions start no new worker. Use a newer Python, or a `Pool`.",
        "09-when-things-go-wrong#Workers that are replaced",
        "https://github.com/python/cpython/issues/115634",
        versions="Since Python 3.11. Fixed in July 2026, in 3.13, 3.14 and 3.15.",
        words="max_tasks_per_child hang ProcessPoolExecutor deadlock",
    ),
    Asked(
        "What are these `<defunct>` processes?",
        "Zombies: they have ended, and nobody has joined them. `join()` or `active_children()` clears them away.",
        "09-when-things-go-wrong#Zombies and orphans",
        f"{DOCS}#all-start-methods",
        versions="Linux and macOS.",
        words="zombie defunct ps dead process table",
    ),
    Asked(
        "The parent is dead, and its workers live on. Why?",
        "A parent that is killed can't end anyone. Let each worker watch its parent, with `parent_process().join()`.",
        "09-when-things-go-wrong#Zombies and orphans",
        "https://stackoverflow.com/questions/19447603",
        words="orphan left over still running kill children when parent dies",
    ),
    Asked(
        "How do I see where a program hangs?",
        "X-ray a script with a time limit. Let a worker use `faulthandler`, or ask it from outside with `pdb`.",
        "09-when-things-go-wrong#Where does it stand?",
        "https://stackoverflow.com/questions/132058",
        versions="`pdb -p` needs Python 3.14, and `profiling.sampling dump` Python 3.15.",
        words="stack trace stuck debug py-spy running process dump where",
    ),
)
