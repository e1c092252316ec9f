"""How well a simulation predicts."""

from collections import defaultdict
from statistics import median

from benchmarks.tools import Figure, Findings
from helpers.simulate import measure_costs, try_out
from helpers.words import counted
from helpers.workers import count_primes

TO_PREDICT = {
    "even tasks": [20_000] * 16,
    "uneven tasks": [2_000 * number for number in range(1, 17)],
    "tiny tasks": [10] * 16_000,
}
ROUNDS, MOST_TRIES = 5, 5


def simulation():
    """how well a simulation predicts the makespan of a Pool of 1, 2 and 4 workers

    Each error is the median of interleaved rounds. The limit is for the median of all settings.
    """
    errors, busy = defaultdict(list), []
    for _ in range(ROUNDS):
        for kind, items in TO_PREDICT.items():
            for chunksize in (1, len(items) // 8):
                trial = undisturbed_trial(items, chunksize)
                busy += trial.busy
                for size in trial.measured:
                    errors[f"{kind}, chunksize {chunksize}, {counted(size, 'worker')}"].append(100 * trial.error(size))
    each = [abs(median(rounds)) for rounds in errors.values()]
    figures = [
        Figure(f"a simulation is off: median of {len(errors)} settings", each, " %", 1, most=10),
        Figure("runs meanwhile in which other programs took cores", [100 * sum(busy) / len(busy)], " %"),
        *(Figure(f"a simulation is off: {what}", rounds, " %", 1) for what, rounds in errors.items()),
    ]
    return Findings(figures)


def undisturbed_trial(items, chunksize):
    """Return a `Trial` of one round in which no other program took cores, or the last of several that were tried.

    The costs are measured anew each time, since the speed of a machine may drift.
    """
    for _ in range(MOST_TRIES):
        trial = try_out(count_primes, items, measure_costs(rounds=1), [1, 2, 4], rounds=1, chunksize=chunksize)
        if not any(trial.busy):
            break
    return trial
