"""The facts and the choice in plain words, with figures, and the code to paste."""

import reprlib
from types import FunctionType

from helpers.advice.choosing import WAITS
from helpers.advice.cures import CURES, METHOD
from helpers.advice.facts import SHORT
from helpers.words import counted, markdown_table, significant, size_in_words

LARGE = 2**20  # bytes: from here on, what travels is worth a word
THREADS_OF_ITS_OWN = 1.2  # cores
UNEVEN = 2.0  # times the mean: a longest task like this makes work uneven
PLENTY = 4  # workers per core: if so many fit, memory is no limit
LONGEST_ITEMS = 60  # characters of the items that the code shows


def seconds_in_words(seconds):
    """Return a time in words, such as "12.0 ms" or "3.40 s"."""
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= factor:
            return f"{significant(seconds / factor)} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def summary(facts, choice):
    """Return what to do, in a sentence or two."""
    best, (low, high) = choice.best, choice.range
    whole = seconds_in_words(choice.loop.seconds)
    if best.engine == "loop":
        take = "takes" if facts.tasks == 1 else "take"
        return f"Stay with the loop. {counted(facts.tasks, 'task')} {take} {about_or(whole, facts)} there."
    chunks = f", chunksize {best.chunksize}" if best.engine == "processes" else ""
    return (
        f"Use {counted(best.workers, *NOUNS[best.engine])}{chunks}. Expect them to be {choice.speedup:.1f} times as "
        f"fast as the loop (from {low:.1f} to {high:.1f}): {seconds_in_words(best.seconds)} instead of {whole}."
    )


NOUNS = {"threads": ("thread", "threads"), "processes": ("process", "processes")}


def about_or(whole, facts):
    """Return a time, with a word that says that it was not measured for all tasks."""
    return whole if len(facts.seconds) == facts.tasks else f"about {whole}"


def reasons(facts, choice):
    """Return why, as sentences: what was found out about the work, and what follows from it."""
    told = [travels(facts), lengths(facts), computes(facts), threads(facts), own_threads(facts), memory(facts)]
    told += [compared(facts, choice), limited(choice), sure(facts, choice), busy(facts)]
    return [sentence for sentence in told if sentence]


def travels(facts):
    """Say whether a worker process can get the work, and how much has to travel."""
    if facts.failed:
        return f"Worker processes failed: {facts.failed}"
    if found := facts.obstacle:
        example = f" For example:\n\n```python\n{found.example}```\n" if found.example else ""
        return (
            f"{found.what[0].upper()}{found.what[1:]} can't be sent from one process to another: {found.part} "
            f"({found.error}). So processes are out of the question for now. {found.instead}{example}"
        )
    sent, received = max(facts.sent), max(facts.received)
    item, result = at_most(facts.sent), at_most(facts.received)
    words = f"Everything can be sent to a worker process. An item is {item}, and a result is {result}"
    if sent + received > LARGE:
        return f"{words}, and packing them takes {seconds_in_words(facts.pickling)} for each task."
    return f"{words}: hardly anything."


def at_most(sizes):
    low, high = min(sizes), max(sizes)
    return size_in_words(high) if high <= 1.1 * low else f"up to {size_in_words(high)}"


def lengths(facts):
    """Say how long tasks take, and how evenly."""
    count = len(facts.seconds)
    some = f"{counted(count, 'item')} {'was' if count == 1 else 'were'} tried"
    tried = "All items were tried" if count == facts.tasks else some
    if facts.unfinished and count == 1:
        return f"One item was tried, and its task had not ended after {seconds_in_words(facts.seconds[0])}."
    longest = max(facts.seconds) / facts.mean
    if facts.mean < SHORT:  # the longest is the one that was interrupted
        even = "They are too short to tell how even they are."
    else:
        even = f"The longest takes {longest:.1f} times as long." if longest > UNEVEN else "None takes much longer."
    return f"{tried}. A task takes {seconds_in_words(facts.mean)} on average. {even}"


def computes(facts):
    """Say for which share of its time a task computes."""
    share = facts.share_computing
    if share >= 0.9:
        return "Tasks compute all the time, so only more cores can help."
    if share < WAITS:
        return f"Tasks compute for only {share:.0%} of their time. While one waits, another can go on."
    return f"Tasks compute for {share:.0%} of their time, and wait for the rest."


def threads(facts):
    """Say whether the function lets go of the GIL."""
    if facts.share_computing < WAITS or facts.mean < 1e-4 or facts.tasks < 2 or facts.cores < 2:
        return ""
    kept = f"Two threads kept {facts.thread_cores:.1f} cores busy"
    if facts.thread_cores > 1.6:
        return f"{kept}. " + ("So the function lets go of the GIL." if facts.gil else "This Python has no GIL.")
    if facts.thread_cores > 1.15:
        return f"{kept}: the function lets go of the GIL for a part of its time."
    return f"{kept}: the function holds on to the GIL, so threads take turns." if facts.gil else f"{kept}."


def own_threads(facts):
    """Say whether the function has threads of its own."""
    if facts.own_threads <= THREADS_OF_ITS_OWN:
        return ""
    return (
        f"The function has threads of its own: alone, it keeps {facts.own_threads:.1f} cores busy. If you divide the "
        "work, limit each worker to one thread, with threadpool_limits(1) of threadpoolctl or with OMP_NUM_THREADS=1."
    )


def memory(facts):
    """Say how much memory a worker process takes."""
    if not facts.memory:
        return ""
    taken = f"A worker process takes {size_in_words(facts.memory)}"
    if facts.fit >= PLENTY * facts.cores:
        return f"{taken}, so memory is no limit."
    fit = f"{facts.fit} of them fit" if facts.fit > 1 else "only one of them fits"
    return f"{taken}, and {fit} into the free memory."


def compared(facts, choice):
    """Say how long each engine would take."""
    others = [
        f"{candidate.workers} {candidate.engine} {seconds_in_words(candidate.seconds)}" for candidate in choice.others
    ]
    if not others:
        return "With a single task, there is nothing to divide." if facts.tasks == 1 else ""
    known = f"The model says: the loop {seconds_in_words(choice.loop.seconds)}, {', '.join(others)}."
    if choice.best.engine != "loop":
        return known
    if choice.loop.seconds <= min(candidate.seconds for candidate in choice.others):
        return f"{known} The loop is the quickest."
    return f"{known} Less than a tenth to gain is not worth the trouble."


LIMITS = {
    "start-up": "starting the workers",
    "sending": "sending tasks and results",
    "imbalance": "tasks of different lengths: workers wait for the last one",
    "memory": "the memory that all cores share",
    "the GIL": "the GIL, which lets one thread run at a time",
    "cores": "the number of cores",
    "workers": "the number of workers",
}


def limited(choice):
    """Say what limits the speedup."""
    if not choice.limits:
        return ""
    told = [f"{LIMITS[what]} (without that limit: {choice.speedup * gain:.1f})" for what, gain in choice.limits.items()]
    return f"What limits the speedup: {'; '.join(told)}."


def sure(facts, choice):
    """Say how sure the speedup is, and why."""
    if choice.best.engine == "loop":
        return ""
    probe = facts.thread_probe if choice.best.engine == "threads" else facts.pool_probe
    if not probe:
        return f"The model could not be tried on your tasks, so the speedup may be off by {choice.error:.0%}."
    tasks, workers = counted(probe.tasks, "task"), counted(probe.workers, "worker")
    again = " (some of them more than once)" if probe.tasks > len(facts.seconds) else ""
    return (
        f"The model was tried with {tasks}{again} and {workers}: it said {seconds_in_words(probe.predicted)}, and it "
        f"took {seconds_in_words(probe.measured)}. "
        f"From this, and from how many tasks were tried, the speedup may be off by {choice.error:.0%}."
    )


def busy(facts):
    """Say if the figures can't be relied on."""
    return "The machine was busy with other programs, so ask again when it is idle." if facts.busy else ""


def cures():
    """Return what can't be sent to a worker process, and what to do instead, as a table."""
    from IPython.display import Markdown  # here: a terminal needs none

    rows = [[cure.kind, cure.instead] for cure in [*CURES, METHOD]]
    return Markdown(markdown_table(["what can't be sent", "what to do instead"], rows))


# --- The code to paste ---

CODE = {
    "loop": """\
{imports}
items = {items}
results = [{worker}(item) for item in items]
""",
    "threads": """\
from multiprocessing.pool import ThreadPool

{imports}
items = {items}
with ThreadPool({workers}) as pool:
    results = pool.map({worker}, items, chunksize=1)
""",
    "processes": """\
from multiprocessing import Pool

{imports}
if __name__ == "__main__":
    items = {items}
    with Pool({workers}) as pool:
        results = pool.map({worker}, items, chunksize={chunksize})
""",
}


def code_for(worker, items, best):
    """Return a program that does what the `Candidate` says."""
    imports, written = written_worker(worker)
    return (
        CODE[best.engine]
        .format(
            imports=imports and f"{imports}\n" + "\n" * (best.engine == "processes"),
            items=written_items(items),
            worker=written,
            workers=best.workers,
            chunksize=best.chunksize,
        )
        .lstrip("\n")
    )


def written_worker(worker):
    """Return the import that a function needs, and the function as a learner would write it."""
    module, name = getattr(worker, "__module__", None), getattr(worker, "__qualname__", "")
    plain = isinstance(worker, FunctionType) or type(worker).__name__ == "builtin_function_or_method"
    if plain and name.isidentifier() and module not in (None, "__main__"):
        return ("", name) if module == "builtins" else (f"from {module} import {name}", name)
    return "", name if name.isidentifier() else "my_function"


def written_items(items):
    """Return the items as Python code, or a name for them."""
    text = reprlib.repr(items) if not isinstance(items, range) else repr(items)
    plain = isinstance(items, range) or (
        isinstance(items, list) and all(type(item) in (int, str) for item in items[:9])
    )
    if plain and len(text) <= LONGEST_ITEMS and "..." not in text:
        return repr(items)
    return "my_items  # yours"
