"""Advice on a function and its items: look at them, choose, and say so."""

from dataclasses import dataclass

from helpers.advice.choosing import choose
from helpers.advice.looking import look_at
from helpers.advice.telling import code_for, reasons, summary
from helpers.inputs import MOST_ITEMS, listed
from helpers.running.changed import label_of


@dataclass(frozen=True)
class Advice:
    """What to do with a function and its items.

    engine       "loop", "threads" or "processes"
    workers      how many threads or processes; 1 for the loop
    chunksize    tasks to hand to a worker at a time
    speedup      how many times as fast as the loop it should be
    range        the lowest and the highest speedup to expect
    summary      all of that in two sentences
    reasons      why, in sentences with figures
    limits       what limits the speedup, the most important first
    code         what to paste
    was_busy     whether other programs took cores meanwhile, so that it's best to ask again
    """

    engine: str
    workers: int
    chunksize: int
    speedup: float
    range: tuple[float, float]
    summary: str
    reasons: tuple[str, ...]
    limits: tuple[str, ...]
    code: str
    was_busy: bool = False

    @property
    def settings(self):
        """The same as settings of a panel: Panel(worker=f, items=items, **advice.settings)."""
        how = {"loop": "serial", "threads": "threads", "processes": "pool"}[self.engine]
        return {"how": how, "workers": self.workers, "chunksize": self.chunksize}

    def __str__(self):
        lines = [self.summary, "", *(f"- {reason}" for reason in self.reasons), "", self.code]
        return "\n".join(lines)

    def _repr_markdown_(self):
        lines = [f"**{self.summary}**", "", *(f"- {reason}" for reason in self.reasons)]
        return "\n".join([*lines, "", "```python", self.code.rstrip(), "```"])

    def _repr_pretty_(self, printer, cycle):
        printer.text(str(self))

    def as_json(self):
        """Return it as an object for JSON."""
        low, high = self.range
        return {
            "engine": self.engine,
            "workers": self.workers,
            "chunksize": self.chunksize,
            "speedup": round(self.speedup, 3),
            "lowest": round(low, 3),
            "highest": round(high, 3),
            "limits": list(self.limits),
            "reasons": [self.summary, *self.reasons],
            "code": self.code,
            "was_busy": self.was_busy,
        }


def advise(worker, items, start_method=None):
    """Look at a function and its items for at most ten seconds, and return `Advice`: whether and how to divide them.

    worker        a function of one item
    items         a list or another iterable of its arguments, one for each task
    start_method  of the processes: "fork", "spawn" or "forkserver" (default: Python's own default)

    Some of the items are run, several times, one after the other and in threads and processes. So don't ask about a
    function that must not run twice. What it prints is not shown.

    Raises TypeError or ValueError for arguments that can't work, TimeoutError if a task could not be stopped, and
    whatever the function raises.
    """
    if not callable(worker):
        raise TypeError(f"Give a function of one item, such as advise(count_primes, [20_000] * 80), not {worker!r}.")
    facts = look_at(worker, sequence_of(items), label_of(worker), start_method)
    choice = choose(facts)
    best = choice.best
    return Advice(
        engine=best.engine,
        workers=best.workers,
        chunksize=best.chunksize,
        speedup=choice.speedup,
        range=choice.range,
        summary=summary(facts, choice),
        reasons=tuple(reasons(facts, choice)),
        limits=tuple(choice.limits),
        code=code_for(worker, items, best),
        was_busy=facts.busy,
    )


def sequence_of(items):
    """Return the items as a sequence. Raises TypeError or ValueError if that can't be done."""
    if not isinstance(items, range) or len(items) > MOST_ITEMS:
        items = listed(items)
    if not items:
        raise ValueError("There are no items, so there is nothing to advise on. Pass a list such as [1, 2, 3].")
    return items
