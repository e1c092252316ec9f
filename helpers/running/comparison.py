"""Compare a run with the serial run of the same tasks: speedup, efficiency, and whether the serial run is reliable."""

from helpers.running.load import SHORTEST, is_busy

NOISE = 0.03  # two measurements of the same thing may differ by this share
MUCH = 0.15  # a larger difference than this is not noise


class Comparison:
    """A run, compared with a serial run of the same tasks.

    run     a `Run`
    serial  the serial `Run` that it is compared to, the quickest so far
    again   whether the serial run was measured again because other programs had disturbed an earlier one
    """

    def __init__(self, run, serial, again=False):
        self.run, self.serial, self.again = run, serial, again

    @property
    def speedup(self):
        """Serial time ÷ parallel time, or None if the figure can't be right because the serial run was slowed down."""
        ratio = self.serial.makespan / self.run.makespan
        return ratio if ratio <= (1 + NOISE) * self.run.size else None

    @property
    def efficiency(self):
        """Speedup ÷ workers that were started, or None like `speedup`."""
        return None if self.speedup is None else self.speedup / self.run.size

    def figures(self):
        """Return speedup and efficiency as text."""
        if self.speedup is None:
            return "no speedup can be given, since the machine was busy during the serial run"
        return f"speedup {self.speedup:.2f}, efficiency {self.efficiency:.0%}"

    def remarks(self):
        """Return sentences on what else matters: a busy machine, and tasks that needed more computing."""
        said = []
        load = self.run.load
        if is_busy(load):
            said.append(
                f"The machine was busy: other programs took {load.others:.1f} of its {load.cores:.0f} cores meanwhile."
            )
        elif is_busy(self.serial.load):
            said.append("The machine was busy during the serial run.")
        elif self.again:
            said.append("The machine was busy during an earlier serial run, so that was measured again.")
        more = self.run.computing - self.serial.computing
        if more > 2 * NOISE * self.serial.makespan and self.serial.computing > 0.5 * self.serial.makespan:
            said.append(
                f"The tasks computed {more / self.serial.computing:.0%} longer than in the serial run: workers share "
                "caches and memory, and perhaps a core or the GIL."
            )
        return said


def was_disturbed(serial, run, tolerance=NOISE):
    """Return whether other programs slowed a serial `Run` down, judging by a later run of the same tasks.

    It was if they took cores meanwhile, if it took longer than the later run's tasks took together, if it computed
    longer, or if it computed for a smaller share of its time. A run that is too short to tell counts as undisturbed.
    """
    if serial.makespan < SHORTEST:
        return False
    share = serial.computing / serial.makespan
    share_now = run.computing / max(run.time_in_tasks, 1e-9)
    return (
        is_busy(serial.load)
        or serial.makespan > (1 + tolerance) * run.time_in_tasks
        or serial.computing - run.computing > tolerance * serial.makespan
        or share_now - share > tolerance
    )
