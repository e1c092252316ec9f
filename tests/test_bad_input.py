"""What the doors offer refuses at once what can't be right, and says what to write instead."""

import importlib
import inspect
import itertools
import multiprocessing
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import inf, nan

import pytest
import troublemakers
from test_house import OFFERED
from test_plots import measured
from test_simulate import FREE, recorded

from helpers import simulate
from helpers.canvas import Canvas
from helpers.clusters import command_lines
from helpers.measure import Speedups
from helpers.panels import Panel
from helpers.plots import laws
from helpers.quizzes import Quiz
from helpers.runs import put_numbered, run
from helpers.scripts import capture_script
from helpers.sliders import explore
from helpers.steps import Steps, every_order
from helpers.timelines import timeline
from helpers.workers import count_primes, read_add_write

pytestmark = pytest.mark.timeout(60)
COSTLY = 10**30  # far more than any computer has


def types(*values, part):
    """Rows for values of the wrong kind."""
    return [(value, TypeError, part) for value in values]


def values(*values, part):
    """Rows for values of the right kind that can't be."""
    return [(value, ValueError, part) for value in values]


COUNT = [
    *types("4", True, 2.5, nan, [4], part="must be a whole number such as 4, not "),
    *values(0, -1, part="must be at least 1, not "),
    *values(COSTLY, part="must be at most "),
]
NUMBER = [
    *types("0.5", True, None, [0.5], part="must be a number such as 0.5, not "),
    *values(nan, inf, -inf, COSTLY**20, part="must be (at least|from) .*, not "),
]
POSITIVE = [*NUMBER, *values(-1, part="must be (at least|from) .*, not -1")]
SHARE = [*POSITIVE, *values(1.5, part="must be from 0 to 1, not 1.5")]
LIMIT = [*POSITIVE, *values(0, part="must be from 0.001 to 1000000, not 0")]
LIST = types(5, None, part="must be a list such as ")
ENDLESS = values(itertools.count(), part="more than 1,000,000 ")
ITEMS = [*LIST, *ENDLESS]
SOME = [*ITEMS, *values([], part="There are no items, so there is nothing to ")]
TEXTS = [*types(5, None, part="must be a list such as "), *types("a", [5], part="must be texts in a list such as ")]
TEXT = types(5, None, ["a"], b"a", part="must be a text such as ")
FLAG = types("no", 0, None, part="must be True or False, not ")
PATH = types(5, None, b"a.py", part="must be a path such as ")
FUNCTION = types(5, None, "double", part="must be a function such as ")
NAMELESS = types(lambda number: number, part=r"Write it with def into a \.py file")
WORKER = [*FUNCTION, *NAMELESS]
UNKNOWN = values("quickly", 5, ["pool"], part="is not known. Use one of '")
START_METHOD = values("teleport", 5, ["fork"], part="is not known here. Use one of '")
SIZES = [
    *types(5, part="sizes must be a list such as"),
    *types("12", ["2"], [True], [2.5], part="must be a whole number such as 4, not "),
    *values([0], part="must be at least 1, not 0"),
    *values([COSTLY], part="must be at most "),
    *values([], part="There are no numbers of workers to "),
]


SETTINGS = [
    *values({"speed": 5}, part="There is no setting 'speed'. Choose from 'workload', 'how'"),
    *types({"workers": "4"}, {"workers": True}, {"workers": 2.5}, part="workers must be a whole number such as 4"),
    *values({"workers": 0}, {"workers": COSTLY}, part="workers must be at (least 1|most 1000), not"),
    *types({"tasks": "4"}, {"tasks": nan}, part="tasks must be a whole number such as 4"),
    *values({"tasks": 0}, part="tasks must be at least 1, not 0"),
    *values({"workload": "sleep"}, {"workload": ["primes"]}, part="sleep|primes"),
]


def but_none(rows):
    """Leave out the row for None, where that stands for the default."""
    return [row for row in rows if row[0] is not None]


@dataclass
class Rows:
    """What a function is given.

    wrong  parameter → (value, error, part of its message)
    right  the other arguments, with which it works
    free   parameters that can't be wrong, or whose errors are Python's own or the learner's
    call   calls it, if not by keywords
    """

    wrong: dict
    right: dict = field(default_factory=dict)
    free: tuple = ()
    call: object = None


RUNNING = {"worker": troublemakers.double, "items": [1]}
MEASURING = {**RUNNING, "sizes": [1], "rounds": 1}
SIMULATING = {"recorded": recorded(1, 2), "costs": FREE}
OWN_ITEMS = [*ITEMS, *values([], part="There are no items, so there is nothing to run")]

SCRIPT = {"path": PATH, "time_limit": LIMIT}


def panel(settings=None, **given):
    """Make a panel. Items need a worker."""
    if "items" in given:
        given["worker"] = troublemakers.double
    return Panel(**given, **(settings or {}))


TABLE = {
    "machine.memory_of": Rows({"pid": [*COUNT, *values(2**30, part="There is no process 1073741824")]}),
    "pages.page_server": Rows({"latency": [*POSITIVE, *values(10**9, part="from 0 to 1000000, not")]}),
    "words.counted": Rows(
        {"number": POSITIVE, "thing": TEXT, "things": types(5, ["a"], part="a noun must be a text")},
        {"number": 2, "thing": "worker"},
    ),
    "words.about": Rows({"seconds": POSITIVE}),
    "words.markdown_table": Rows(
        {
            "header": TEXTS,
            "rows": [
                *LIST,
                *types([5], part="cells of a row must be a list such as"),
                *types("a", [[5]], ["a"], part="cells of a row must be texts in a list"),
                *values([["a"]], [["a"] * 3], part="A row needs 2 cells, as the header has, not [13]"),
            ],
            "align": values("left", 5, None, part="is not known. Use one of ':---', '---:'"),
        },
        {"header": ["a", "b"], "rows": []},
    ),
    "runs.run": Rows(
        {
            "worker": WORKER,
            "items": [*ITEMS, *types([threading.Lock()], part="Item 1 can't be sent to a worker process")],
            "how": UNKNOWN,
            "workers": COUNT,
            "chunksize": COUNT,
            "start_method": START_METHOD,
            "time_limit": LIMIT,
            "method": UNKNOWN,
        },
        RUNNING,
    ),
    "runs.recording": Rows({"title": TEXT}),
    "runs.timed": Rows({"worker": types(5, None, "double", part="takes a function such as count_primes")}),
    "runs.put_numbered": Rows(
        {
            "queue": types(None, [], part=r"needs a queue such as multiprocessing.SimpleQueue\(\), not"),
            "worker": types(5, None, part="takes a function such as count_primes"),
        },
        {"queue": multiprocessing.SimpleQueue(), "worker": abs},
        free=("number", "args"),
        call=lambda queue, worker: put_numbered(queue, 1, worker, 1),
    ),
    "measure.measure_speedups": Rows(
        {
            "worker": WORKER,
            "items": SOME,
            "sizes": SIZES,
            "how": values("quickly", 5, ["pool"], "serial", part="has no number of workers to measure. Use one of '"),
            "rounds": COUNT,
            "chunksize": COUNT,
            "start_method": START_METHOD,
            "with_start_up": FLAG,
            "heard": types("no", 5, part="must be the sending end of a pipe, not an? "),
            "method": UNKNOWN,
        },
        MEASURING,
    ),
    "measure.time_each": Rows(
        {
            "calls": [
                *types(5, None, [abs], abs, part=r'takes a dictionary such as \{"a loop": my_function\}, not an? '),
                *types({"a": 5}, part="What is timed as 'a' must be a function such as my_function, not 5"),
                *values({}, part="There is nothing to time. Give calls such as"),
            ],
            "rounds": COUNT,
        },
        {"calls": {"a": int}},
    ),
    "simulate.simulate": Rows(
        {
            "recorded": [
                *types(5, None, part=r"plays what run\(worker, items\) or recording\(title\) returns, not"),
                *values(recorded(), part="The run has no tasks to play. Record one with some items"),
            ],
            "costs": types(5, None, {}, part=r"costs must be Costs, as measure_costs\(\) returns them, not"),
            "workers": [*COUNT, *values(10**9, part="must be at most 10000, not 1000000000")],
            "chunksize": COUNT,
            "order": UNKNOWN,
            "serial_share": SHARE,
            "cores": COUNT,
            "items": [
                *ITEMS,
                *values([1], part="The run has 2 tasks, but you gave 1 item"),
                *types([threading.Lock()] * 2, part="A lock can't be sent to a worker process, since it can't be"),
            ],
        },
        {**SIMULATING, "workers": 2},
    ),
    "simulate.simulate_sizes": Rows(
        {
            "recorded": types(5, None, part="A simulation plays what"),
            "costs": types(5, None, part="costs must be Costs"),
            "sizes": [*SIZES, *types(None, part="sizes must be a list such as")],
        },
        SIMULATING,
        free=("settings",),  # those of simulate
    ),
    "simulate.measure_costs": Rows(
        {"start_method": START_METHOD, "rounds": COUNT, "worker": WORKER, "items": SOME}, {"rounds": 1}
    ),
    "simulate.try_out": Rows(
        {
            "worker": WORKER,
            "items": SOME,
            "costs": types(5, None, part="costs must be Costs"),
            "sizes": SIZES,
            "rounds": COUNT,
            "chunksize": COUNT,
            "start_method": START_METHOD,
        },
        {**MEASURING, "costs": FREE},
    ),
    "simulate.amdahl": Rows({"serial_share": SHARE, "workers": COUNT}, {"serial_share": 0.5, "workers": 2}),
    "simulate.gustafson": Rows({"serial_share": SHARE, "workers": COUNT}, {"serial_share": 0.5, "workers": 2}),
    "clusters.connect": Rows({"workers": COUNT}),
    "clusters.command_lines": Rows(
        {
            "commands": [
                *types(5, None, part="A command must be a text such as 'dask scheduler', not"),
                *values("", "rm x", '"', 'dask "', part="A command must begin with dask, as in"),
            ]
        },
        call=lambda commands: command_lines(commands),
    ),
    "clusters.gather_spans": Rows(
        {"client": types(5, None, part=r"must be a Client, as connect\(\) gives it, not an? ")},
        {"futures": []},
        free=("futures",),  # only a cluster has some: see test_clusters
    ),
    "advice.advise": Rows(
        {
            "worker": types(5, None, "double", part="Give a function of one item, such as advise"),
            "items": [*ITEMS, *values([], part="There are no items, so there is nothing to advise on")],
            "start_method": START_METHOD,
        },
        RUNNING,
    ),
    "plots.speedup": Rows(
        {
            "measured": [
                *types(5, None, {}, recorded(1), part="draws what measure_speedups returns, not an? "),
                *values(Speedups([], 2), Speedups([1], 2), part="Not all sizes have figures"),
            ],
            "prediction": [
                *types(0, "x", [1.0], part="A prediction is a dictionary such as"),
                *values({}, {1: 1.0}, {"1": 1.0, "2": 2.0}, part="The prediction has no speedup for"),
                *types({1: 1.0, 2: "2"}, {1: True, 2: 2.0}, part="predicted for .* must be a number such as 0.5"),
                *values({1: nan, 2: 2.0}, {1: 1.0, 2: inf}, part="predicted for .* must be at least 0, not"),
            ],
        },
        {"measured": measured()},
    ),
    "plots.bars": Rows(
        {
            "groups": [
                *types(5, None, [1.0], part="bars draws a dictionary such as"),
                *types({"a": [1.0]}, part="must be a chart: a dictionary of bars, not a list"),
                *types({"": {"a": 1.0}}, part="needs a list of figures, one per round"),
                *types({"": {"a": ["1"]}}, {"": {"a": [True]}}, part="must be a number such as 0.5"),
                *values({}, {"": {}}, part="(There is no chart to draw|has no bars). Give a dictionary such as"),
                *values({"": {"a": []}}, part="'a' has no figures. Give one or more"),
                *values({"": {"a": [-1]}}, {"": {"a": [nan]}}, {"": {"a": [10**400]}}, part="must be at least 0, not"),
            ],
            "unit": UNKNOWN,
        },
        {"groups": {"": {"a": [1.0]}}},
    ),
    "plots.by_size": Rows(
        {
            "measured": [
                *types(5, None, [1.0], part="by_size draws a dictionary such as"),
                *types(
                    {"1": {"a": [1.0]}}, {True: {"a": [1.0]}}, {2.5: {"a": [1.0]}}, part="A size in bytes must be a"
                ),
                *types({1: [1.0]}, part="The size 1 needs a dictionary, not a list"),
                *types({1: {"a": [True]}}, part="must be a number such as 0.5, not True"),
                *values({0: {"a": [1.0]}}, {COSTLY: {"a": [1.0]}}, part="A size in bytes must be at (least|most)"),
                *values({}, {1: {}}, part="Give a dictionary such as"),
            ]
        }
    ),
    "plots.arrivals": Rows(
        {
            "watched": [
                *types(5, None, [], part="arrivals draws a dictionary such as"),
                *types({"map": 5}, {"map": [1.0, []]}, part="needs the seconds until the call returned, and a list"),
                *types({"map": (True, [(1, 1.0)])}, {"map": (1.0, [(1, "x")])}, part="must be a number such as 0.5"),
                *values({}, {"map": (1.0, [])}, part="(no calls|has no results) to draw. Give"),
                *values({"map": (nan, [(1, 1.0)])}, {"map": (10**400, [(1, 1.0)])}, part="must be at least 0, not"),
            ]
        }
    ),
    "plots.predictions": Rows(
        {
            "trial": [
                *types(5, None, {}, part="predictions draws what try_out returns, not an? "),
                *values(simulate.Trial(), part="Nothing was tried, so there is nothing to draw"),
            ]
        }
    ),
    "plots.laws": Rows({"serial_share": SHARE}),
    "plots.simulated_speedup": Rows(
        {
            "recorded": [
                *types(5, None, part="First give the run that was recorded, not an? "),
                *values(recorded(), part="with tasks: simulated_speedup"),
            ],
            "runs": [
                *types(5, [recorded(1)], {1: 5}, part="Give simulated runs, as simulate_sizes returns them, not"),
                *types({"1": recorded(1)}, {True: recorded(1)}, {2.5: recorded(1)}, part="must be a whole number"),
                *values({0: recorded(1)}, {-2: recorded(1)}, part="must be at least 1, not"),
                *values({}, {1: recorded()}, part="There are no simulated runs to draw"),
            ],
            "measured": types(5, {}, part="measured is what measure_speedups returns, not an? "),
        },
        {"recorded": recorded(1), "runs": {1: recorded(1)}},
    ),
    "timelines.timeline": Rows(
        {
            "runs": [
                *types(5, None, [recorded(1)], part=r"shows what run\(worker, items\) or recording\(title\) returns"),
                *values(recorded(), part="'serial' has no workers to draw"),
            ]
        },
        call=lambda runs: timeline(runs),
    ),
    "timelines.side_by_side": Rows(
        {
            "columns": [
                *types(5, None, [recorded(1)], part="side_by_side draws a dictionary such as"),
                *types({"a": 5}, {"a": recorded(1)}, part="'a' needs a list of runs, not an? "),
                *types({"a": [5]}, part="A timeline shows what"),
                *values({}, {"a": []}, part="There is nothing to draw"),
                *values({"a": [recorded(1)], "b": [recorded(1)] * 2}, part="as many runs each"),
            ]
        }
    ),
    "timelines.tiles": Rows(
        {
            "run": [
                *types(5, None, part="A timeline shows what"),
                *types(recorded(1), part="Each result must be a tile, as mandelbrot_tile returns it, not 0"),
            ],
            "across": [*COUNT, *values(3, part=r"needs \d+ tiles, as mandelbrot_tiles\(\d+\) makes")],
        },
        {"run": recorded(1), "across": 1},
    ),
    "sliders.explore": Rows(
        {
            "draw": [
                *FUNCTION,
                *types(lambda a: 5, part=r"draw must return a picture, as laws\(0.5\) does, not an int"),
            ],
            "choices": [
                *types({"a": 5}, {"a": None}, part="The values of a must be a list such as"),
                *types({"a": [1, "b"]}, {"a": [None]}, {"a": [[1]]}, part="Each value of a must be a number"),
                *types({"a": ["b", 1]}, part="The values of a must be texts in a list"),
                *values({}, {"a": []}, part="There is nothing to choose. Give values for an argument"),
            ],
        },
        {"draw": lambda **_: laws(0.5), "choices": {"a": [1, 2]}},
        call=lambda draw, choices: explore(draw, **choices),
    ),
    "canvas.Canvas": Rows(
        {
            "titles": [
                *types([5], [None], part="A title must be a text"),
                *values([], part="There is no frame to paint"),
            ],
            "across": COUNT,
        },
        {"titles": ["alone"], "across": 2},
        call=lambda titles, across: Canvas(*titles, across=across),
    ),
    "canvas.Canvas.paint": Rows(
        {
            "results": [
                *types(
                    5, None, part=r"Give what yields tiles, such as pool.imap\(mandelbrot_tile, mandelbrot_tiles\(\)\)"
                ),
                *types(
                    [5], [None], ["x"], [[]], [[[None]]], [[[1], [1, 1]]], part="Each result must be a tile, as mandel"
                ),
                *values([[[1]]] * 5, part="There are more tiles than across=2 has places: 4"),
            ]
        },
        call=lambda results: Canvas("alone", across=2).paint(results),
    ),
    "panels.Panel": Rows(
        {
            "controls": [*but_none(TEXTS), *values(["speed"], part="There is no control 'speed'. Choose from")],
            "workloads": [*TEXTS, *values(["sleep"], part="There is no workload 'sleep'. Choose from")],
            "ways": [*TEXTS, *values(["teleport"], part="There is no way to run 'teleport'. Choose from")],
            "most_workers": COUNT,
            "worker": but_none(WORKER),
            "items": [*OWN_ITEMS, *types([threading.Lock()], part="Item 1 can't be sent to a worker process")],
            "settings": [
                *SETTINGS,
                *values({"how": "quickly"}, part="is not known here. Use one of 'serial', 'threads'"),
            ],
        },
        call=panel,
    ),
    "panels.Panel.choose": Rows(
        {"settings": SETTINGS},
        call=lambda settings: Panel(["workers", "tasks", "workload"]).choose(**settings),
    ),
    "steps.Steps": Rows(
        {
            "worker": [*WORKER, *types(len, int, part="must be a plain function, written with def")],
            "other": but_none(WORKER),
            "shared": [
                *types(
                    {"value": "0"}, {"value": True}, {"value": None}, part="value must be a number, such as 0, or mult"
                ),
                *values({"value": nan}, {"value": inf}, {"value": COSTLY}, part="value must be from -2147483647 to"),
                *types({}, part="Say what the parameter 'value' is: value=0 for a number"),
                *types({"value": 0, "lock": 0}, part="No worker has a parameter 'lock', so leave it out"),
            ],
        },
        {"worker": read_add_write, "other": None, "shared": {"value": 0}},
        call=lambda worker, other, shared: Steps(worker, other, **shared),
    ),
    "steps.every_order": Rows(
        {
            "worker": [*WORKER, *types(len, int, part="must be a plain function, written with def")],
            "other": but_none(WORKER),
            "shared": types(
                {"value": "0"}, {}, part="(value must be a number, such as 0|Say what the parameter 'value' is)"
            ),
        },
        {"worker": read_add_write, "other": None, "shared": {"value": 0}},
        call=lambda worker, other, shared: every_order(worker, other, **shared),
    ),
    "steps.Steps.ask": Rows(
        {
            "do": UNKNOWN,
            "what": values(
                None, 5, -1, "0", True, 1.0, part=r"Process A is 0 and B is 1, and an order is a list such as"
            ),
        },
        {"do": "step", "what": 0},
        call=lambda do, what: Steps.ask(None, do, what),
    ),
    "scripts.run_script": Rows(SCRIPT),
    "scripts.capture_script": Rows(
        {
            **SCRIPT,
            "onlooker": types(5, "me", part="onlooker must be an Onlooker, not an? "),
            "show": FUNCTION,
            "arguments": TEXTS,
            "folder": but_none(PATH),
            "python": TEXTS,
            "stdin": types("x", [5], part="stdin must be an open file, or one of subprocess's constants, not"),
            "settings": types({"PATH": 5}, {"PATH": None}, part="PATH must be a text such as '1', not"),
        },
        call=lambda settings=None, **given: capture_script(**given, **(settings or {})),
    ),
    "scripts.xray": Rows({**SCRIPT, "quiet": FLAG}),
    "contents.contents": Rows({"folder": [*PATH, *values("nowhere", part="There is no folder nowhere. Name the one")]}),
    "handing_in.pack": Rows({"name": [*TEXT, *values("", " ", " / ", part="Write your name first")]}),
    "workers.mandelbrot_tiles": Rows(
        {"across": COUNT, "pixels": COUNT, **dict.fromkeys(["left", "top"], NUMBER), "side": NUMBER}
    ),
    "quizzes.Quiz": Rows({"notebook": values(4, None, "", "99", ["04"], part="There is no quiz .* Use one of '01'")}),
    "quizzes.Quiz.answer": Rows(
        {
            "question": values(
                99, -1, "0", True, 0.0, nan, None, [0], part="There is no question .* The quiz has 0 to"
            ),
            "choice": values(99, -1, "0", True, 0.0, nan, None, [0], part="There is no choice .* has 0 to"),
        },
        {"question": 0, "choice": 0},
        call=lambda question, choice: Quiz("04").answer(question, choice),
    ),
}


def door(name):
    """Return what a door offers under a name such as "canvas.Canvas.paint"."""
    module, *parts = name.split(".")
    found = importlib.import_module(f"helpers.{module}")
    for part in parts:
        found = getattr(found, part)
    return found


# the file of a script that works, if only it were run with the right arguments
SCRIPTS = {"scripts.run_script", "scripts.capture_script", "scripts.xray"}


@pytest.mark.parametrize(
    ("name", "parameter", "value", "error", "part"),
    [
        pytest.param(name, parameter, *row, id=f"{name}-{parameter}-{number}")
        for name, rows in TABLE.items()
        for parameter, wrong in rows.wrong.items()
        for number, row in enumerate(wrong)
    ],
)
def test_what_cannot_be_right_is_refused_with_what_to_write(name, parameter, value, error, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows, right = TABLE[name], dict(TABLE[name].right)
    if name in SCRIPTS:
        (tmp_path / "ok.py").write_text("raise SystemExit('This must not run.')")
        right["path"] = "ok.py"
    with pytest.raises(error, match=part) as raised:
        result = (rows.call or door(name))(**{**right, parameter: value})
        if isinstance(result, AbstractContextManager):
            with result:
                pass
    assert type(raised.value) is error
    assert multiprocessing.active_children() == []


def public():
    """Yield the names of the functions that the doors offer, of their classes, and of these classes' own methods.

    Not of the worker functions, which a learner reads: what they raise is Python's own.
    """
    for module, name in OFFERED:
        offered = door(f"{module}.{name}")
        if callable(offered):
            yield f"{module}.{name}"
        if inspect.isclass(offered):
            for own, method in vars(offered).items():
                if inspect.isfunction(method) and not own.startswith("_"):
                    yield f"{module}.{name}.{own}"
    yield "workers.mandelbrot_tiles"


NO_ERRORS = {
    "panels.Panel.measure": ["expected"],  # the panel says what is wrong: see below
    "steps.Steps.leave": ["wait"],
}


@pytest.mark.parametrize("name", list(public()))
def test_each_public_function_has_rows_for_each_of_its_parameters(name):
    rows = TABLE.get(name, Rows({}, free=NO_ERRORS.get(name, ())))
    parameters = {parameter for parameter in inspect.signature(door(name)).parameters if parameter != "self"}
    assert parameters == {*rows.wrong, *rows.free}, f"give {name} rows in TABLE"


def test_what_a_worker_function_raises_for_a_wrong_item_names_its_task():
    with pytest.raises(TypeError, match="'str' object cannot be interpreted as an integer") as raised:
        run(count_primes, ["20000"], "serial")
    assert raised.value.__notes__ == ["This happened in task 1."]


@pytest.mark.parametrize(
    "expected", [None, 5, [], {}, *({"1": wrong, "2": 1} for wrong in ("two", nan, -1, inf, None))]
)
def test_a_panel_says_that_a_prediction_is_missing(expected, monkeypatch):
    monkeypatch.setattr("helpers.panels.panel.default_sizes", lambda: [1, 2])
    panel = Panel()
    assert panel.measure(expected) is None
    assert panel.status == "First enter a prediction, such as 1.8, for each number of workers."
