"""The controls of a panel: a widget for each setting that the learner may change, and for each prediction."""

from dataclasses import replace

import ipywidgets as widgets

from helpers.machine import start_methods
from helpers.panels.workloads import SETTING_NAMES, WORKLOADS, unused
from helpers.running.ways import WAYS
from helpers.words import counted

LABELS = {
    "workload": "work",
    "how": "run with",
    "workers": "workers",
    "tasks": "tasks",
    "size": "size",
    "chunksize": "chunksize",
    "start_method": "start method",
}
LABEL_WIDTH = {"description_width": "105px"}
CONTROL_WIDTH = {"width": "auto", "max_width": "410px"}
COLUMNS = {"display": "grid", "grid_template_columns": "repeat(auto-fill, minmax(320px, 1fr))"}


class Controls(widgets.Box):
    """A control for each of the settings named; the others stay as they are.

    settings      the `Settings` to begin with
    names         the settings that can be changed
    workloads     the workloads to choose from (default: all)
    ways          the ways to run to choose from (default: all)
    most_workers  the largest number of workers to choose

    Raises ValueError for a name that no setting, workload or way has.
    """

    def __init__(self, settings, names, workloads, ways, most_workers):
        for name in names:
            if name not in SETTING_NAMES:
                raise ValueError(f"There is no control {name!r}. Use some of {', '.join(map(repr, SETTING_NAMES))}.")
        self._settings = settings
        made = {
            "workload": choice(
                {name: workload.label for name, workload in WORKLOADS.items()}, workloads, settings.workload
            ),
            "how": choice({name: way.label for name, way in WAYS.items()}, ways, settings.how),
            "workers": slider(1, max(most_workers, settings.workers)),
            "tasks": widgets.SelectionSlider(options=[settings.tasks], continuous_update=False),
            "size": widgets.SelectionSlider(options=[settings.size], continuous_update=False),
            "chunksize": slider(1, settings.tasks),
            "start_method": choice({name: name for name in start_methods()}, (), settings.start_method),
        }
        self.widgets = {name: made[name] for name in SETTING_NAMES if name in names}
        for name, widget in self.widgets.items():
            widget.description, widget.style, widget.layout = LABELS[name], LABEL_WIDTH, CONTROL_WIDTH
        self._offer_sizes(settings.workload, settings.tasks, settings.size)
        for name, widget in self.widgets.items():
            widget.value = getattr(settings, name)
        self._mark_unused(settings.how)
        for name, adapt in {
            "workload": self._adapt_to_work,
            "how": self._mark_unused,
            "tasks": self._limit_chunks,
        }.items():
            if name in self.widgets:
                self.widgets[name].observe(lambda change, adapt=adapt: adapt(change.new), "value")
        super().__init__(list(self.widgets.values()), layout={**COLUMNS, "grid_gap": "4px 16px", "overflow": "visible"})

    def settings(self):
        """Return the `Settings` that the controls show. Raises ValueError if they can't be run."""
        chosen = {name: widget.value for name, widget in self.widgets.items()}
        if "size" not in chosen and chosen.get("workload", self._settings.workload) != self._settings.workload:
            chosen["size"] = None
        return replace(self._settings, **chosen)

    def on_change(self, callback):
        """Call `callback()` after each change of a control."""
        for widget in self.widgets.values():
            widget.observe(lambda _: callback(), "value")

    def _adapt_to_work(self, workload):
        """Offer the task counts and sizes of another workload."""
        tasks = self.widgets["tasks"].value if "tasks" in self.widgets else self._settings.tasks
        nearest = min(WORKLOADS[workload].counts, key=lambda count: abs(count - tasks))
        self._offer_sizes(workload, nearest, WORKLOADS[workload].size)

    def _offer_sizes(self, workload, tasks, size):
        offered = {"tasks": (WORKLOADS[workload].counts, tasks), "size": (WORKLOADS[workload].sizes, size)}
        for name, (choices, value) in offered.items():
            if name in self.widgets:
                self.widgets[name].options = sorted({*choices, value})
                self.widgets[name].value = value
        if "size" in self.widgets:
            self.widgets["size"].description = WORKLOADS[workload].measure

    def _limit_chunks(self, tasks):
        if "chunksize" in self.widgets:
            self.widgets["chunksize"].max = tasks

    def _mark_unused(self, how):
        """Disable what a way of running does not use."""
        for name, widget in self.widgets.items():
            widget.disabled = name in unused(how)


def choice(labels, chosen, value):
    """Return a choice among the names `chosen` and `value` (default: all), each shown as its label."""
    for name in chosen:
        if name not in labels:
            raise ValueError(f"There is no {name!r} to choose. Use some of {', '.join(map(repr, labels))}.")
    names = dict.fromkeys([*(chosen or labels), value])
    return widgets.Dropdown(options=[(labels[name], name) for name in names])


def slider(smallest, largest):
    return widgets.IntSlider(min=smallest, max=largest, continuous_update=False)


class Expectations(widgets.Box):
    """A field for each number of workers, for the speedup that the learner expects."""

    def __init__(self, sizes):
        self._fields = {
            size: widgets.BoundedFloatText(
                1.0, min=0, max=100 * size, step=0.1, description=counted(size, "worker"), layout={"width": "180px"}
            )
            for size in sizes
        }
        super().__init__(list(self._fields.values()), layout={"flex_flow": "row wrap", "grid_gap": "4px 12px"})

    def values(self):
        """Return number of workers → expected speedup."""
        return {size: field.value for size, field in self._fields.items()}
