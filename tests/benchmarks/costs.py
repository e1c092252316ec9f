"""What a task costs."""

from collections import defaultdict

from benchmarks.kernels import told_by
from benchmarks.line_up import LINE_UP, OURS, UNORDERED, imap_unordered_in_order, insist_on_results
from benchmarks.pictures import dots
from benchmarks.telling import tell
from benchmarks.tools import Figure, Findings, in_turn, ratio
from benchmarks.work import echo

TASKS, WORKERS, ROUNDS = 20_000, 2, 7
FEW = 2_000  # tasks for Dask, which takes a hundred times as long
MOST = 1.3  # of what a task costs in a bare Pool
TOOLS = {**LINE_UP, f"{UNORDERED}, results put in order": imap_unordered_in_order}


def cost_of_a_task():
    """what a task costs: 20,000 tasks, 2 workers, chunksize 1, a worker that returns its argument

    The clock runs from the moment when the first worker is up until the results are a list and the pool has ended. So
    start-up is left out, and everything that is done for the tasks counts, on both sides. Where processes are kept for
    the next call, as by joblib and Dask, they are up before, and their end is left out; Dask gets 2,000 tasks. A
    recorded run puts the results into the order of the tasks, imap_unordered leaves them as they arrive. The panel
    draws its run meanwhile, in a kernel whose messages are read.

    The course's own must cost at most 1.3 times as much as imap_unordered.
    """
    micros = defaultdict(list)
    for label, figure in told_by(cost_rounds, ROUNDS):
        micros[label].append(figure)
    return Findings(figures_of(micros), picture_of(micros))


def cost_rounds(rounds):
    """In the kernel: run the tasks in each tool, and tell the microseconds that one takes."""
    for round in range(1 + rounds):
        for label, tool in in_turn(TOOLS.items(), round):
            tasks = FEW if "Dask" in label else TASKS
            ran = tool(echo, range(tasks), WORKERS)
            insist_on_results(label, ran, range(tasks))
            if round:  # the first one warms up
                tell((label, (ran.done - min(ran.ups)) / tasks * 1e6))


def figures_of(micros):
    """Return the `Figure`s for what a task costs in each tool, in microseconds, round by round."""
    figures = [Figure(f"a task: {label}", micros[label], " µs", 1) for label in TOOLS]
    figures += [ratio(f"a task: {ours} ÷ {UNORDERED}", micros[ours], micros[UNORDERED], most=MOST) for ours in OURS]
    return figures


def picture_of(micros):
    """Return a picture of the same."""
    return dots({"what a task costs": {label: micros[label] for label in TOOLS}}, "microseconds", log=True)
