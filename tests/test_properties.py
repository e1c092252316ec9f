"""What holds for every run, every simulation and every trace, tried on examples that hypothesis makes up.

The examples are the same in each run of this file. Where real processes run them they are few, and elsewhere many.
"""

import multiprocessing
from collections import Counter
from itertools import pairwise

import hypothesis.configuration
import pytest
import troublemakers
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from test_simulate import recorded
from test_traces import check_rows

from helpers.machine import start_methods
from helpers.running.breakdown import PARTS, time_spent
from helpers.running.inside import Span
from helpers.running.log import Life
from helpers.running.ways import METHODS, WAYS
from helpers.runs import Run, run
from helpers.scripts.tracing import traced_run
from helpers.simulate import ORDERS, Costs, simulate

pytestmark = pytest.mark.timeout(120)

CALM = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
MANY, FEW = settings(CALM, max_examples=60), settings(CALM, max_examples=4)
CLOSE = 1e-9  # seconds: sums of floats differ by less


@pytest.fixture(scope="module", autouse=True)
def nothing_beside_the_tests(tmp_path_factory):
    """Let hypothesis write what it keeps for itself into a folder that goes away."""
    hypothesis.configuration.set_hypothesis_home_dir(tmp_path_factory.mktemp("hypothesis"))


def check_account(done, tasks, workers):
    """Check what is true of every run: of the spans, of the workers, and of where the time went."""
    assert len(done.spans) == len(done.worker_of_task) == tasks
    assert done.size <= workers and sum(map(len, done.workers)) == tasks
    for span, number in zip(done.spans, done.worker_of_task):
        assert done.began - CLOSE <= span.start <= span.end <= done.ended + CLOSE, "spans lie within their run"
        assert 0 <= span.computing <= span.end - span.start + CLOSE, "no task computes for longer than it takes"
        assert span in done.workers[number - 1] and span.up <= span.start + CLOSE
    for spans in done.workers:
        spans = sorted(spans, key=lambda span: (span.start, span.end))  # one without length comes before the next
        assert all(one.end <= next_one.start + CLOSE for one, next_one in pairwise(spans)), "one task at a time"
    spent = time_spent(done)
    assert list(spent) == list(PARTS) and min(spent.values()) >= -CLOSE
    assert sum(spent.values()) == pytest.approx(done.size * done.makespan), "the parts add up"
    assert spent["computing"] == pytest.approx(done.computing)
    assert spent["computing"] + spent["waiting"] == pytest.approx(done.time_in_tasks)


# --- Real runs ---

text = some.text("aä€ \0")  # of all letters, it would first make a list
plain = some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | text | some.binary()
values = some.recursive(plain, lambda inner: some.lists(inner) | some.dictionaries(text, inner), max_leaves=8)


@pytest.mark.parametrize("how", WAYS)
@given(data=some.data())
@settings(FEW)
def test_in_every_way_results_are_the_serial_ones_and_the_account_holds(how, data):
    items = data.draw(some.lists(values, max_size=9))
    workers, chunksize = data.draw(some.integers(1, 3)), data.draw(some.integers(1, 4))
    start_method, method = data.draw(some.sampled_from(start_methods())), data.draw(some.sampled_from([*METHODS]))
    done = run(troublemakers.say_who, items, how, workers, chunksize, start_method, method=method)
    assert [item for _, _, _, item in done.results] == items == run(troublemakers.itself, items, "serial").results
    check_account(done, len(items), workers)
    for span, (process, thread, moment, _) in zip(done.spans, done.results):
        assert (span.process, span.thread) == (process, thread), "a span is its own worker's"
        assert span.start <= moment <= span.end, "a span is around its own task"
    assert multiprocessing.active_children() == []


# --- Runs made up, with known parts ---

lengths = some.floats(0, 10)
task = some.tuples(lengths, lengths, some.floats(0, 1))  # the gap before it, its length, and the share that it computes
crews = some.lists(some.none() | some.tuples(lengths, some.lists(task, max_size=5)), min_size=1, max_size=5)


@given(crews, lengths)
@settings(MANY)
@example([None], 1.0)
def test_each_second_of_a_made_up_run_has_the_name_that_it_was_made_with(crew, way_home):
    """Each worker is up after some seconds, and has tasks with gaps. One that is None was never started."""
    began, spans, lives, made = 100.0, [], [], dict.fromkeys(PARTS, 0.0)
    ends = []
    for number, worker in enumerate(crew, start=1):
        ready, tasks = worker or (0.0, [])
        now = began + ready
        lives.append(Life(number, number, began if worker else 0.0, now if worker else 0.0, 0.0))
        for gap, length, share in tasks:
            made["between tasks"] += gap
            made["computing"] += share * length
            made["waiting"] += (1 - share) * length
            spans.append(Span(number, number, began + ready, now + gap, now + gap + length, share * length, None))
            now += gap + length
        if worker:
            made["start-up"] += ready
            ends.append((now, bool(tasks)))
    ended = max([began, *(end for end, _ in ends)]) + way_home
    last = max([end for end, has_tasks in ends if has_tasks], default=ended)
    for end, _ in ends:
        made["no task left"] += max(0.0, last - end)
        made["between tasks"] += ended - max(last, end)
    done = Run("made up", spans, began, ended, lives)
    check_account(done, len(spans), len(crew))
    assert time_spent(done) == pytest.approx(made)


# --- Simulated runs ---

costs = some.builds(Costs, *[some.floats(0, 0.2)] * 10, crowding=some.floats(1, 2))


@given(
    tasks=some.lists(some.tuples(lengths, some.floats(0, 1)), min_size=1, max_size=12),
    costs=costs,
    workers=some.integers(1, 9),
    cores=some.integers(1, 9),
    chunksize=some.integers(1, 9),
    order=some.sampled_from([*ORDERS]),
    serial_share=some.floats(0, 1),
)
@settings(MANY)
def test_the_account_of_a_simulated_run_holds_too(tasks, costs, workers, cores, chunksize, order, serial_share):
    serial = recorded(*(length for length, _ in tasks))
    serial.spans = [
        span._replace(computing=share * (span.end - span.start)) for span, (_, share) in zip(serial.spans, tasks)
    ]
    made = simulate(serial, costs, workers, chunksize, order, serial_share, cores)
    check_account(made, len(tasks), workers)
    assert made.results == serial.results and made.size == workers
    work = sum(max(0.0, span.end - span.start - costs.recording) for span in serial.spans)
    assert made.makespan >= serial_share * work - CLOSE, "the serial part comes first"
    assert sum(span.computing for span in made.spans) <= costs.crowding * serial.computing + CLOSE


# --- Traces of scripts ---

SCRIPT = """\
import multiprocessing

STARTS = {starts!r}  # process → the processes that it starts, in order
JOINS = {joins!r}  # process → the same, in the order in which it waits for their ends
CHANNELS = {channels!r}  # kind, receiver and senders of each channel

def make(kind):
    if kind == "Pipe":
        return multiprocessing.Pipe(duplex=False)
    return getattr(multiprocessing, kind)()

def follow(me, channels):
    print(f"{{me}} is up", flush=True)
    started = {{}}
    for child in STARTS[me]:
        started[child] = multiprocessing.Process(target=follow, args=(child, channels), name=f"child {{child}}")
        started[child].start()
    for channel, (kind, _, senders) in zip(channels, CHANNELS):
        for sender in senders:
            if sender == me:
                channel[1].send(me) if kind == "Pipe" else channel.put(me)
    for channel, (kind, receiver, senders) in zip(channels, CHANNELS):
        if receiver == me:
            for _ in senders:
                channel[0].recv() if kind == "Pipe" else channel.get()
    for child in JOINS[me]:
        started[child].join()

if __name__ == "__main__":
    multiprocessing.set_start_method({start_method!r})
    follow(0, [make(kind) for kind, _, _ in CHANNELS])
"""


@some.composite
def plans(draw):
    """Who starts whom, who waits for whom in which order, and who sends what to whom. It can't end in a deadlock.

    Each process first starts its children, then it sends, then it receives, and then it waits for its children.
    """
    count = draw(some.integers(2, 4))
    parents = [draw(some.integers(0, child - 1)) for child in range(1, count)]
    starts = [[child for child, parent in enumerate(parents, start=1) if parent == me] for me in range(count)]
    joins = [draw(some.permutations(children)) for children in starts]
    anyone = some.integers(0, count - 1)
    kinds = {
        "Pipe": some.integers(1, 3).flatmap(lambda times: anyone.map(lambda sender: [sender] * times)),  # one writes
        "Queue": some.lists(anyone, min_size=1, max_size=4),
        "SimpleQueue": some.lists(anyone, min_size=1, max_size=4),
    }
    channels = [
        (kind, draw(anyone), draw(kinds[kind])) for kind in draw(some.lists(some.sampled_from([*kinds]), max_size=3))
    ]
    return starts, joins, channels


def names_of(channels):
    """Return what a trace calls each channel: pipes and queues are numbered apart, unless there is but one."""
    kinds = ["pipe" if kind == "Pipe" else "queue" for kind, _, _ in channels]
    return [
        f"{kind} {kinds[: place + 1].count(kind)}" if kinds.count(kind) > 1 else f"the {kind}"
        for place, kind in enumerate(kinds)
    ]


@given(plans(), some.sampled_from(start_methods()))
@settings(CALM, max_examples=8)
def test_the_trace_of_a_random_script_is_what_the_script_was_made_to_do(tmp_path, plan, start_method):
    starts, joins, channels = plan
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(starts=starts, joins=joins, channels=channels, start_method=start_method))
    trace = traced_run(path, time_limit=60.0)
    check_rows(trace)
    assert (trace.exit_code, trace.places, trace.unseen) == (0, [], [])
    who = [0 if row.name == "MainProcess" else int(row.name.removeprefix("child ")) for row in trace.rows]
    assert sorted(who) == list(range(len(starts)))
    for row, number in zip(trace.rows, who):
        assert row.kind == "process" and row.exit_code == 0
        assert row.target == ("follow" if number else "the script")
        assert number == 0 or number in starts[who[row.by]]
    done = {kind: [[] for _ in starts] for kind in ("starts", "joined")}
    for mark in trace.marks:
        if mark.kind in done:
            done[mark.kind][who[mark.row]].append(who[mark.other])
    assert done == {"starts": starts, "joined": joins}
    assert Counter(mark.text for mark in trace.marks if mark.kind == "prints") == Counter(f"{me} is up" for me in who)
    sent = [(message.channel, who[message.sender], who[message.receiver]) for message in trace.messages]
    planned = zip(names_of(channels), channels)
    assert Counter(sent) == Counter((name, by, to) for name, (_, to, senders) in planned for by in senders)
