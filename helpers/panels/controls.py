"""The settings of a panel and the controls that change them."""

from dataclasses import replace

from helpers.inputs import MOST_WORKERS, texts, whole_number
from helpers.machine import start_methods
from helpers.panels.workloads import SETTING_NAMES, WORKLOADS, Workload, unused
from helpers.running.ways import METHODS, WAYS

LABELS = {
    "workload": "work",
    "how": "run with",
    "method": "method",
    "workers": "workers",
    "tasks": "tasks",
    "size": "size",
    "chunksize": "chunksize",
    "start_method": "start method",
}


class Controls:
    """The settings of a panel, with a control for each one that the learner can change.

    settings      the initial `Settings`
    names         names of the settings that can be changed
    workloads     the workloads on offer (default: all)
    ways          the ways to run on offer (default: all)
    most_workers  the largest number of workers on offer

    Raises ValueError for an unknown name of a setting, workload, or way to run.
    """

    def __init__(self, settings, names, workloads, ways, most_workers):
        self.settings = settings
        names = known(texts("controls", names, '["workers"]'), SETTING_NAMES, "control")
        ways = known(texts("ways", ways, '["pool"]'), WAYS, "way to run")
        workloads = texts("workloads", workloads, '["primes"]')
        self._names = [name for name in SETTING_NAMES if name in names]
        self._most_workers = max(whole_number("most_workers", most_workers, MOST_WORKERS), settings.workers)
        labels = {name: workload.label for name, workload in WORKLOADS.items()}
        self._choices = {
            "how": choices({name: way.label for name, way in WAYS.items()}, ways, settings.how),
            "method": choices({name: name for name in METHODS}, (), settings.method),
            "start_method": choices({name: name for name in start_methods()}, (), settings.start_method),
        }
        if isinstance(settings.workload, Workload):  # the learner's own
            refuse({"workload", "size"}.intersection(names))
        else:
            offered = known(workloads, WORKLOADS, "workload")
            self._choices["workload"] = choices(labels, offered, settings.workload)
        self._first = settings  # its number of tasks and size are on offer too, for its workload

    def choose(self, **chosen):
        """Change settings, and others that depend on them. Settings without a control stay as they are.

        Raises ValueError or TypeError for settings that can't be run, and then changes nothing.
        """
        known(chosen, SETTING_NAMES, "setting")
        chosen = {name: value for name, value in chosen.items() if name in self._names}
        before = self.settings
        name = chosen.get("workload", before.workload)
        if name != before.workload:
            known([name], WORKLOADS, "workload")
            chosen |= {"size": None, "tasks": chosen.get("tasks", before.tasks)}  # the workload's own size
        if "tasks" in chosen:
            offered = self._offered("tasks", name)
            wanted = whole_number("tasks", chosen["tasks"])
            chosen["tasks"] = min(offered, key=lambda count: abs(count - wanted))
            chosen["chunksize"] = min(chosen.get("chunksize", before.chunksize), chosen["tasks"])
        self.settings = replace(before, **chosen)

    def form(self):
        """Return the state of each control, as a list of dictionaries for the browser."""
        unused_now = unused(self.settings.how, self.settings.method)
        return [{**self._control(name), "name": name, "disabled": name in unused_now} for name in self._names]

    def _control(self, name):
        value = getattr(self.settings, name)
        label = self.settings.kind.measure if name == "size" else LABELS[name]
        if name in self._choices:
            return {"kind": "choice", "label": label, "value": value, "options": self._choices[name]}
        if name in ("tasks", "size"):
            offered = self._offered(name, self.settings.workload)
            return {"kind": "steps", "label": label, "value": value, "options": offered}
        most = self._most_workers if name == "workers" else self.settings.tasks
        return {"kind": "range", "label": label, "value": value, "options": [1, most]}

    def _offered(self, name, workload):
        """Return the numbers of tasks, or the sizes, on offer for a workload."""
        work = WORKLOADS[workload] if isinstance(workload, str) else workload
        of_workload = work.counts if name == "tasks" else work.sizes
        first = [getattr(self._first, name)] if workload == self._first.workload else []
        return sorted({*of_workload, *first})


def choices(labels, chosen, value):
    """Return [name, label] for each name in `chosen` (default: all), and for `value`."""
    names = dict.fromkeys([*(chosen or labels), value])
    return [[name, labels[name]] for name in names]


def known(names, all_names, what):
    """Return `names`. Raises ValueError if one of them is not in `all_names`."""
    for name in names:
        if name not in list(all_names):
            raise ValueError(f"There is no {what} {name!r}. Choose from {', '.join(map(repr, all_names))}.")
    return names


def refuse(names):
    """Raise ValueError if there are any such names: a learner's own items have no such control."""
    for name in names:
        raise ValueError(f"There is no control {name!r} for your own items. Leave it out.")
