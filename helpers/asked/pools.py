"""What people ask about pools."""

from helpers.asked import Asked

DOCS = "https://docs.python.org/3/library/multiprocessing.html"

ASKED = (
    Asked(
        "What is the smallest program with a `Pool`?",
        "A function, the guard, and in it `with Pool() as pool:` and `pool.map(worker, items)`.",
        "05-use-a-pool#Four workers, four numbers",
        f"{DOCS}#using-a-pool-of-workers",
        words="hello world example simple minimal first begin",
    ),
    Asked(
        "How do I parallelize a simple loop?",
        "Move the body of the loop into a function, and write `pool.map(function, items)`.",
        "01-what-is-multiprocessing#One process, then four",
        "https://stackoverflow.com/questions/9786102",
        words="parallelise for loop parallel joblib cores faster",  # codespell:ignore
    ),
    Asked(
        "How do I pass several arguments to `pool.map`?",
        "With `starmap` and tuples: `pool.starmap(f, [(1, 2), (5, 6)])`.",
        "05-use-a-pool#starmap: several arguments",
        "https://stackoverflow.com/questions/5442910",
        words="multiple two arguments parameters tuple zip",
    ),
    Asked(
        "How do I pass a keyword argument?",
        "`functools.partial` fills it in.",
        "05-use-a-pool#What people ask",
        "https://stackoverflow.com/questions/34031681",
        below="How do I pass a keyword argument?",
        messages=("TypeError: Pool.map() got an unexpected keyword argument '…'",),
        words="kwargs named constant fixed parameter lambda",
    ),
    Asked(
        "`map`, `apply`, `apply_async` or `imap`: which one?",
        "`map` for all results at once, `imap_unordered` for each as soon as it's there, `apply_async` for single "
        "calls. `apply` keeps only one worker busy.",
        "05-use-a-pool#Measure",
        "https://stackoverflow.com/questions/8533318",
        words="difference compare methods starmap",
    ),
    Asked(
        "How do `map_async` and `imap` differ?",
        "`map_async` gives you all results together, later. `imap` gives them one by one, in order.",
        "05-use-a-pool#imap: one result after another, in order",
        "https://stackoverflow.com/questions/26520781",
        words="lazy iterator difference",
    ),
    Asked(
        "How do I show a progress bar?",
        "In the parent: `tqdm(pool.imap_unordered(worker, items), total=len(items))`.",
        "05-use-a-pool#imap_unordered: whatever is done first",
        "https://stackoverflow.com/questions/41920124",
        words="tqdm percent status how far progress",
    ),
    Asked(
        "Do the results come in the order of the items?",
        "From `map`, `starmap` and `imap`, yes. From `imap_unordered`, as they are done.",
        "04-what-is-a-pool#What people ask",
        f"{DOCS}#multiprocessing.pool.Pool.imap_unordered",
        below="Do the results come in the order of the tasks?",
        words="sorted same order mixed",
    ),
    Asked(
        "Why does `imap` read my whole generator?",
        "It takes tasks as fast as it can, whether you need results yet or not. So does `Executor.map`, unless you "
        "give it a `buffersize`.",
        "05-use-a-pool#imap hands out results one by one, but not its input",
        "https://stackoverflow.com/questions/5318936",
        versions="`buffersize` needs Python 3.14.",
        words="lazy memory large input infinite iterator consume back-pressure",
    ),
    Asked(
        "How do I set up each worker once, for example with a model?",
        "With an `initializer` that puts it into a global variable.",
        "05-use-a-pool#What all tasks need: send it once",
        "https://stackoverflow.com/questions/10117073",
        words="initargs global connection load setup per worker",
    ),
    Asked(
        "My `Pool` starts new workers again and again. Why?",
        "Its initializer raises an error, so each worker dies at once. An executor raises `BrokenProcessPool` instead.",
        "05-use-a-pool#What people ask",
        "https://github.com/python/cpython/issues/87472",
        below="What if my initializer raises an error?",
        words="initializer exception restart endless respawn infinite",
    ),
    Asked(
        "When do I need `close()`, `join()` or `terminate()`?",
        "The end of `with Pool()` terminates. For work that you have not fetched, call `close()` and `join()` first.",
        "05-use-a-pool#The end of the block: close, join, terminate",
        "https://stackoverflow.com/questions/38271547",
        words="with context manager end lost results async unfinished",
    ),
    Asked(
        "What does “Pool not running” mean?",
        "The pool was closed, or its `with` block has ended. Use it inside the block, or make a new one.",
        "14-what-people-ask#Three small slips",
        f"{DOCS}#multiprocessing.pool.Pool.close",
        messages=("ValueError: Pool not running",),
        words="closed terminated after with block",
    ),
    Asked(
        "What if I never close a pool?",
        "Its workers wait until the program, or the kernel, ends. Python may warn, and a program may even hang at its "
        "end.",
        "04-what-is-a-pool#What people ask",
        f"{DOCS}#multiprocessing.pool.Pool",
        below="What happens if I never close a pool?",
        messages=("ResourceWarning: unclosed running multiprocessing pool …",),
        words="leak resources idle workers left over",
    ),
    Asked(
        "How do I limit how many processes run at the same time?",
        "Use a pool: `Pool(4)` runs any number of tasks in four processes.",
        "04-what-is-a-pool#Many tasks, few workers",
        "https://stackoverflow.com/questions/20886565",
        words="maximum cap number simultaneous concurrent too many",
    ),
    Asked(
        "How many workers does `Pool()` start?",
        "As many as `os.process_cpu_count()` says. In a container that may be far too many, so give it a number.",
        "04-what-is-a-pool#What people ask",
        "https://stackoverflow.com/questions/20039659",
        below="How many workers does a pool have if I give no number?",
        versions="Before Python 3.13 it was `os.cpu_count()`.",
        words="default number processes cores limit",
    ),
    Asked(
        "Can I stop as soon as one result is good enough?",
        "Yes: leave the loop over `imap` or `imap_unordered`. The end of the block ends the workers.",
        "05-use-a-pool#What people ask",
        "https://stackoverflow.com/questions/33447055",
        below="Can I stop as soon as one result is good enough?",
        words="first hit found break early exit cancel others",
    ),
    Asked(
        "Can a worker of a pool have a pool of its own?",
        "Not in a `Pool`. The workers of a `ProcessPoolExecutor` may. One flat list of all tasks is often better.",
        "09-when-things-go-wrong#A pool in a pool's worker",
        "https://stackoverflow.com/questions/6974695",
        messages=("AssertionError: daemonic processes are not allowed to have children",),
        words="nested daemon child grandchild processes",
    ),
    Asked(
        "What is inside a pool?",
        "Processes, and two queues: one for the tasks, one for the results.",
        "04-what-is-a-pool#What people ask",
        f"{DOCS}#multiprocessing-examples",
        below="What is inside a pool?",
        words="implement own workers queue how does it work internals",
    ),
)
