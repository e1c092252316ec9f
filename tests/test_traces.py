"""A trace says what a script did. Each script here uses events and barriers to make sure what is true of it."""

import re
import sys
from textwrap import dedent

import pytest

from helpers import exercises
from helpers.machine import start_methods
from helpers.scripts import capture_script
from helpers.scripts.notes import CALL, RECORD, SENT, read_records, with_processor_times
from helpers.scripts.tracing import traced_run

pytestmark = pytest.mark.timeout(60)
every_method = pytest.mark.parametrize("method", start_methods())
with_fork = pytest.mark.skipif("fork" not in start_methods(), reason="this system has no fork")
LIMIT = 4.0  # seconds in which a script that hangs must have reached the place where it hangs, even on a busy machine


@pytest.fixture
def trace_of(tmp_path):
    """Write a script, run it under a start method, and return its `Trace`."""

    def write_and_run(script, method=None, time_limit=40.0):
        path = tmp_path / "script.py"
        text = dedent(script)
        if method:
            guard = 'if __name__ == "__main__":\n'
            text = text.replace(guard, f'{guard}    multiprocessing.set_start_method("{method}")\n')
        path.write_text(text)
        return traced_run(path, time_limit)

    return write_and_run


def line_with(script, text):
    """Return the number of the script's line that has this text."""
    return next(number for number, line in enumerate(dedent(script).splitlines(), start=1) if text in line)


def row(trace, name):
    """Return the row whose name ends with this."""
    return next(row for row in trace.rows if row.name.endswith(name))


def waits(row):
    return [span.what for span in row.spans if span.kind == "waiting"]


def marks(trace, kind):
    return [mark for mark in trace.marks if mark.kind == kind]


def check_rows(trace):
    """Check what is true of every trace."""
    for place, found in enumerate(trace.rows):
        assert found.by is None or found.by < place, "who is started comes after who started it"
        assert found.asked <= (found.up or found.asked) <= (found.ended or trace.seconds)
        assert all(earlier.ended <= later.began for earlier, later in zip(found.spans, found.spans[1:]))
        assert all(found.asked <= span.began <= span.ended <= trace.seconds for span in found.spans)
        for span in found.spans:
            assert span.computing is None or 0 <= span.computing <= span.seconds
    for message in trace.messages:
        assert message.received is None or message.sent <= message.received
    assert [mark.at for mark in trace.marks] == sorted(mark.at for mark in trace.marks)


# --- What a script did ---


@with_fork
def test_threads_of_forked_processes_have_ends_of_their_own(trace_of):
    """The system numbers the threads of both in the same way."""
    script = """
    import multiprocessing, threading, time

    def nap(seconds):
        time.sleep(seconds)

    def start_a_thread(seconds):
        thread = threading.Thread(target=nap, args=(seconds,), name=f"naps {seconds}")
        thread.start()
        thread.join()

    if __name__ == "__main__":
        processes = [multiprocessing.Process(target=start_a_thread, args=(seconds,)) for seconds in (0.1, 1.0)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    """
    longer = row(trace_of(script, "fork"), "naps 1.0")
    assert longer.ended - longer.up >= 0.9


ONE = """\
import multiprocessing

def worker(started, go_on):
    print("in the child")
    started.set()
    go_on.wait()
    print("done")

if __name__ == "__main__":
    started, go_on = multiprocessing.Event(), multiprocessing.Event()
    process = multiprocessing.Process(target=worker, args=(started, go_on))
    process.start()
    started.wait()
    print("the child is up")
    go_on.set()
    process.join()
    print("joined")
"""


@every_method
def test_one_process(method, trace_of):
    trace = trace_of(ONE, method)
    check_rows(trace)
    parent, child = trace.rows
    assert (parent.name, parent.by, parent.exit_code) == ("MainProcess", None, 0)
    assert (child.name, child.by, child.target, child.exit_code) == ("Process-1", 0, "worker", 0)
    assert waits(parent)[-1] == "Process-1 to end"
    (start,), (joined,) = marks(trace, "starts"), marks(trace, "joined")
    lines = {mark.text: mark for mark in marks(trace, "prints")}
    assert [lines[text].row for text in ("in the child", "the child is up", "done", "joined")] == [1, 0, 1, 0]
    moments = [start.at, child.up, *(lines[text].at for text in ("in the child", "the child is up", "done"))]
    moments += [child.ended, joined.at, lines["joined"].at]
    assert moments == sorted(moments)
    assert trace.unseen == [] and trace.places == [] and trace.verdict == ""


QUEUE = """\
import multiprocessing

def worker(numbers, squares):
    while (number := numbers.get()) is not None:
        squares.put(number * number)

if __name__ == "__main__":
    numbers, squares = multiprocessing.{kind}(), multiprocessing.{kind}()
    process = multiprocessing.Process(target=worker, args=(numbers, squares))
    process.start()
    for number in (1, 2, 3):
        numbers.put(number)
    numbers.put(None)
    print([squares.get() for _ in range(3)])
    process.join()
"""


@every_method
@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue"])
def test_messages_through_queues(kind, method, trace_of):
    trace = trace_of(QUEUE.format(kind=kind), method)
    check_rows(trace)
    there = [message for message in trace.messages if message.channel == "queue 1"]
    back = [message for message in trace.messages if message.channel == "queue 2"]
    assert [(message.sender, message.receiver) for message in there] == [(0, 1)] * 4
    assert [(message.sender, message.receiver) for message in back] == [(1, 0)] * 3
    assert all(0 < message.bytes < 20 for message in trace.messages)


PIPE = """\
import multiprocessing

def worker(connection):
    connection.send_bytes(b"x" * len(connection.recv_bytes()) * 2)

if __name__ == "__main__":
    ours, theirs = multiprocessing.Pipe({duplex})
    process = multiprocessing.Process(target=worker, args=(theirs,))
    process.start()
    ours.send_bytes(b"x" * 1000)
    print(len(ours.recv_bytes()))
    process.join()
"""


@every_method
def test_messages_through_a_pipe_with_two_directions(method, trace_of):
    trace = trace_of(PIPE.format(duplex=""), method)
    check_rows(trace)
    told = [(message.sender, message.receiver, message.bytes, message.channel) for message in trace.messages]
    assert told == [(0, 1, 1000, "the pipe"), (1, 0, 2000, "the pipe")]


FAILING = """\
import multiprocessing, multiprocessing.connection, os, sys, time

def fail():
    raise ValueError("no")

def leave():
    sys.exit(3)

def vanish():
    os._exit(0)

def linger(up):
    up.set()
    time.sleep(60)

if __name__ == "__main__":
    up = multiprocessing.Event()
    for target in (fail, leave, vanish):
        process = multiprocessing.Process(target=target, name=target.__name__)
        process.start()
        process.join()
    process = multiprocessing.Process(target=linger, args=(up,), name="killed")
    process.start()
    up.wait()
    process.kill()
    multiprocessing.connection.wait([process.sentinel])
    print("killed, and not yet joined")
    process.join()
    process = multiprocessing.Process(target=linger, args=(up,), name="daemon", daemon=True)
    up.clear()
    process.start()
    up.wait()
"""


@every_method
def test_how_each_ends(method, trace_of):
    trace = trace_of(FAILING, method)
    check_rows(trace)
    codes = {found.name: found.exit_code for found in trace.rows}
    assert codes == {"MainProcess": 0, "fail": 1, "leave": 3, "vanish": 0, "killed": -9, "daemon": -15}
    (kill,) = marks(trace, "kills")
    assert (kill.row, trace.rows[kill.other].name) == (0, "killed")
    (printed,) = [mark for mark in marks(trace, "prints") if mark.text.startswith("killed")]
    assert kill.at <= row(trace, "killed").ended < printed.at and row(trace, "killed").spans[-1].open
    assert row(trace, "daemon").daemon and not row(trace, "killed").daemon


SLOW_KILL = """\
import multiprocessing, os, time

def linger(up, go_on):
    up.set()
    go_on.wait()
    up.set()
    time.sleep(60)

def slow_kill(pid, number, kill=os.kill):
    go_on.set()
    up.wait()
    kill(pid, number)

if __name__ == "__main__":
    up, go_on = multiprocessing.Event(), multiprocessing.Event()
    process = multiprocessing.Process(target=linger, args=(up, go_on), name="killed")
    process.start()
    up.wait()
    up.clear()
    os.kill = slow_kill
    process.kill()
    process.join()
"""


@every_method
def test_what_a_process_did_when_it_was_killed_is_open(method, trace_of):
    """It goes on for a moment after the call of kill, and its wait may end before it does."""
    trace = trace_of(SLOW_KILL, method)
    check_rows(trace)
    *before, last = row(trace, "killed").spans
    assert last.open and not any(span.open for span in before)


POOL = """\
import multiprocessing

def double(number):
    barrier.wait()
    return 2 * number

def keep(given):
    global barrier
    barrier = given

if __name__ == "__main__":
    with multiprocessing.Pool(2, keep, (multiprocessing.Barrier(2),)) as pool:
        for _ in range(20):  # once, a worker might find its tasks sent already, and never wait for one
            print(pool.map(double, range(2), chunksize=1))
"""


@every_method
def test_a_pool(method, trace_of):
    trace = trace_of(POOL, method)
    check_rows(trace)
    parent, *workers = trace.rows
    assert [worker.pool for worker in workers] == ["Pool 1"] * 2
    assert [worker.name.split("PoolWorker-")[1] for worker in workers] == ["1", "2"]
    for worker in workers:
        runs = [span for span in worker.spans if span.what == "double"]
        assert runs and "a task" in waits(worker)
    assert "the result of pool.map" in waits(parent)
    tasks = [message for message in trace.messages if message.channel == "the pool's tasks"]
    assert len(tasks) == 40 and {message.receiver for message in tasks} <= {1, 2}
    results = [message for message in trace.messages if message.channel == "the pool's results"]
    assert len(results) == 40 and {message.receiver for message in results} == {0}


TINY = """\
import multiprocessing

def echo(number):
    return number

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(sum(pool.map(echo, range(20_000))))
"""


def test_many_tiny_tasks_are_all_counted_in_few_spans(trace_of):
    trace = trace_of(TINY)
    check_rows(trace)
    runs = [span for found in trace.rows for span in found.spans if span.what == "echo"]
    assert sum(span.tasks for span in runs) == 20_000 and len(runs) < 2000


EXECUTORS = """\
import multiprocessing, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def double(number):
    return 2 * number

def meet(barrier):
    barrier.wait()

if __name__ == "__main__":
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as executor:
        list(executor.map(meet, [barrier] * 2))
    with ProcessPoolExecutor(1) as executor:
        print(executor.submit(double, 4).result())
    thread = threading.Thread(target=double, args=(1,))
    thread.start()
    thread.join()
"""


@every_method
def test_executors_and_threads(method, trace_of):
    trace = trace_of(EXECUTORS, method)
    check_rows(trace)
    threads = [found for found in trace.rows if found.kind == "thread"]
    assert [found.name for found in threads[:2]] == ["ThreadPoolExecutor-0_0", "ThreadPoolExecutor-0_1"]
    assert all("the others at a barrier" in waits(found) for found in threads[:2] if len(found.spans) > 3)
    assert "double" in threads[2].name
    (worker,) = [found for found in trace.rows if found.pool]
    assert worker.pool.startswith("ProcessPoolExecutor") and any(span.what == "double" for span in worker.spans)


INITIALIZERS = """\
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed

def prepare(barrier):
    barrier.wait()

def double(number):
    return 2 * number

if __name__ == "__main__":
    barrier = multiprocessing.Barrier(2)
    with multiprocessing.Pool(2, prepare, (barrier,)) as pool:
        print(pool.map(double, [1, 2]))
    with ProcessPoolExecutor(2, multiprocessing.get_context(), prepare, (barrier,)) as executor:
        for done in as_completed([executor.submit(double, number) for number in range(2)]):
            done.result()
"""


@every_method
def test_what_workers_run_before_their_tasks(method, trace_of):
    trace = trace_of(INITIALIZERS, method)
    check_rows(trace)
    parent, *workers = trace.rows
    assert len(workers) == 4 and parent.exit_code == 0
    for worker in workers:
        start, first, *_ = worker.spans
        assert (start.kind, start.ended) == ("start-up", worker.up) and first.began == worker.up
        assert "prepare" in [span.what for span in worker.spans if span.kind == "running"]
    assert {what for what in waits(parent) if "event" in what or "room" in what} == set()
    assert {"the result of pool.map", "a result of the executor"} <= set(waits(parent))


BOUNDED = """\
import multiprocessing, queue

def put_two(numbers):
    try:
        numbers.put(1)
        numbers.put(2, timeout=0.2)
    except queue.Full:
        pass

if __name__ == "__main__":
    for numbers in multiprocessing.{kind}(1), multiprocessing.{kind}():
        process = multiprocessing.Process(target=put_two, args=(numbers,))
        process.start()
        process.join()
    put_two(queue.Queue(1))
    put_two(queue.Queue())
"""


@every_method
@pytest.mark.parametrize("kind", ["Queue", "JoinableQueue"])
def test_only_who_puts_into_a_queue_with_a_size_waits_for_room(kind, method, trace_of):
    trace = trace_of(BOUNDED.format(kind=kind), method)
    check_rows(trace)
    parent, bounded, unbounded = trace.rows
    assert "room in queue 1" in waits(bounded)
    assert not [what for what in waits(unbounded) if what.startswith("room")]
    rooms = [span for span in parent.spans if span.what == "room in a queue.Queue"]
    assert rooms[-1].seconds > 0.1  # the put that timed out: those after it go into a queue without a size
    assert not [what for found in trace.rows for what in waits(found) if "lock" in what or "semaphore" in what]


FORKS = """\
import os

print("begun", end=" ", flush=True)
if os.fork() == 0:
    os._exit(0)
os.wait()
print("done")
"""


@with_fork
def test_processes_that_it_cannot_see_are_said_to_be_there(trace_of):
    trace = trace_of(FORKS)
    assert trace.unseen == ["Not shown: 1 process started by os.fork()."]
    assert [mark.text for mark in marks(trace, "prints")] == ["begun done"]


PRINTS = """\
import sys, threading

print("a", 1)
print("in two", end=" ")
print("parts")
sys.stdout.write("x" * 5000 + "\\n")
print("\\n".join("y" * 400 for _ in range(10)))
try:
    sys.stdout.write(5)
except TypeError as error:
    print(error)
thread = threading.Thread(target=print, args=("of a thread",), kwargs={"end": ""})
thread.start()
thread.join()
print()
print("the end", end="")
"""


def test_each_printed_line_is_noted_as_one_and_what_is_left_out_is_told(trace_of):
    trace = trace_of(PRINTS)
    texts = [mark.text for mark in marks(trace, "prints")]
    assert texts[:3] == ["a 1", "in two parts", "x" * 1000]
    assert texts[3:5] == ["y" * 400] * 2 and len(texts) < 12
    assert "write() argument must be str, not int" in texts and {"of a thread", "the end"} <= set(texts)
    assert trace.unseen == ["Too much happened to record all of it."]


def test_a_script_that_prints_more_than_can_be_noted_is_said_to(trace_of):
    trace = trace_of("""\
from course_witness import notes
notes.MOST_NOTED = 100_000
for number in range(5000):
    print(number)
""")
    assert 100 < len(marks(trace, "prints")) < 5000
    assert trace.unseen == ["Too much happened to record all of it."]


COMPUTING = """\
import multiprocessing, time

def compute(started):
    began = time.process_time()
    while time.process_time() - began < 0.5:
        pass

def sleep(started):
    time.sleep(0.5)

if __name__ == "__main__":
    for target in (compute, sleep):
        process = multiprocessing.Process(target=target, args=(None,), name=target.__name__)
        process.start()
        process.join()
"""


def test_how_much_of_its_time_each_computed(trace_of):
    trace = trace_of(COMPUTING)
    check_rows(trace)
    ran = {
        found.name: sum(span.computing for span in found.spans if span.kind == "running") for found in trace.rows[1:]
    }
    assert 0.45 < ran["compute"] < 0.6 and ran["sleep"] < 0.1
    assert waits(row(trace, "sleep")) == ["0.5 s to pass"]


STARTS_CHILDREN = """\
import multiprocessing

def child():
    grandchild = multiprocessing.Process(target=print, args=("hello",), name="grandchild")
    grandchild.start()
    grandchild.join()

if __name__ == "__main__":
    process = multiprocessing.Process(target=child, name="child")
    process.start()
    process.join()
"""


@every_method
def test_children_of_children(method, trace_of):
    trace = trace_of(STARTS_CHILDREN, method)
    check_rows(trace)
    assert [(found.name, found.by) for found in trace.rows] == [("MainProcess", None), ("child", 0), ("grandchild", 1)]
    assert "grandchild to end" in waits(trace.rows[1])


# --- Where it was ---

JOIN_FIRST = """\
import multiprocessing

def worker(queue):
    queue.put("x" * 1_000_000)

if __name__ == "__main__":
    queue = multiprocessing.{kind}()
    process = multiprocessing.Process(target=worker, args=(queue,))
    process.start()
    process.join()
    print(len(queue.get()))
"""


@every_method
@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue"])
def test_join_before_get(kind, method, trace_of):
    script = JOIN_FIRST.format(kind=kind)
    trace = trace_of(script, method, LIMIT)
    check_rows(trace)
    parent, child = trace.places
    assert (parent.code, parent.waits) == ("process.join()", "waits for Process-1 to end")
    assert parent.line == line_with(script, "process.join()") + 1  # after the line that sets the start method
    assert child.waits == "waits until someone receives what is in the queue"
    put = line_with(script, "queue.put") if kind == "SimpleQueue" else None  # a Queue's own thread puts
    assert (child.line, child.function) == (put, "worker")
    assert trace.verdict == "Each waits for the other: this never ends."


DEAD_WORKER = """\
import multiprocessing, os

def worker(number):
    if number == 1:
        os._exit({code})
    return number

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(pool.map(worker, range(4), chunksize=1))
"""


@every_method
@pytest.mark.parametrize("code", [0, 7])
def test_the_task_of_a_dead_worker(code, method, trace_of):
    trace = trace_of(DEAD_WORKER.format(code=code), method, LIMIT)
    check_rows(trace)
    assert (trace.places[0].waits, trace.places[0].line) == ("waits for the result of pool.map", 11)
    assert re.match(rf"\w+PoolWorker-\d \(exit code {code}\) ended with a task in hand. ", trace.verdict)


TWO_LOCKS = """\
import multiprocessing

def worker(first, second, barrier):
    with first:
        barrier.wait()
        with second:
            print("both")

if __name__ == "__main__":
    a, b, barrier = multiprocessing.Lock(), multiprocessing.Lock(), multiprocessing.Barrier(2)
    one = multiprocessing.Process(target=worker, args=(a, b, barrier))
    two = multiprocessing.Process(target=worker, args=(b, a, barrier))
    one.start()
    two.start()
    one.join()
    two.join()
"""


@every_method
def test_two_locks_in_opposite_order(method, trace_of):
    trace = trace_of(TWO_LOCKS, method, LIMIT)
    check_rows(trace)
    _, one, two = trace.places
    assert one.line == two.line == line_with(TWO_LOCKS, "with second")
    assert re.fullmatch(r"waits for lock \d, which Process-2 holds", one.waits)
    assert re.fullmatch(r"waits for lock \d, which Process-1 holds", two.waits)
    assert trace.verdict == "Process-1 and Process-2 wait for each other: this never ends."


HELD_BY_PARENT = """\
import multiprocessing, time

def take(lock):
    with lock:
        print("never")

if __name__ == "__main__":
    lock = multiprocessing.Lock()
    multiprocessing.Process(target=time.sleep, args=(60,), daemon=True).start()
    process = multiprocessing.Process(target=take, args=(lock,))
    with lock:
        process.start()
        process.join()
"""


@every_method
def test_a_lock_that_is_held_by_who_waits_for_the_end(method, trace_of):
    trace = trace_of(HELD_BY_PARENT, method, LIMIT)
    check_rows(trace)
    _, _, child = trace.places
    assert (child.code, child.waits) == ("with lock:", "waits for the lock, which MainProcess holds")
    assert trace.verdict == "MainProcess and Process-2 wait for each other: this never ends."


NOT_FOUND = """\
import multiprocessing

if __name__ == "__main__":
    def worker(number):
        return number

    with multiprocessing.Pool(2) as pool:
        print(pool.map(worker, range(4), chunksize=1))
"""


@pytest.mark.parametrize("method", sorted({*start_methods()} - {"fork"}))
def test_a_pool_whose_function_cannot_be_found(method, trace_of):
    trace = trace_of(NOT_FOUND, method, LIMIT)
    check_rows(trace)
    assert (trace.places[0].waits, trace.places[0].line) == ("waits for the result of pool.map", 9)
    assert "(exit code 1)" in trace.verdict and trace.verdict.endswith("this never ends.")


FORK_LOCK = """\
import multiprocessing, threading

lock, held, over = threading.Lock(), threading.Event(), threading.Event()

def hold():
    with lock:
        held.set()
        over.wait()

def worker():
    with lock:
        print("never")

if __name__ == "__main__":
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    process = multiprocessing.get_context("fork").Process(target=worker)
    process.start()
    over.set()
    thread.join()
    process.join()
"""


@with_fork
def test_a_lock_that_is_held_across_a_fork(trace_of):
    trace = trace_of(FORK_LOCK, time_limit=LIMIT)
    check_rows(trace)
    parent, child = trace.places
    assert parent.waits == "waits for ForkProcess-1 to end"
    assert (child.line, child.function, child.code) == (line_with(FORK_LOCK, "def worker") + 1, "worker", "with lock:")
    assert child.waits == "waits for a copy of the lock, which Thread-1 (hold) held at the fork: nobody can release it"
    assert trace.verdict == "Nothing can end the wait of ForkProcess-1, so this never ends."


LIBRARY = """\
import threading

lock, held = threading.Lock(), threading.Event()

def hold():
    with lock:
        held.set()
        threading.Event().wait()

def wait_for_it():
    with lock:
        pass

threading.Thread(target=hold, name="a library's thread", daemon=True).start()
held.wait()
"""
FORK_WITH_LIBRARY = """\
import multiprocessing
import library

if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=library.wait_for_it)
    process.start()
    process.join()
"""


@with_fork
def test_a_thread_of_a_module_beside_the_script_has_a_row_and_is_named(trace_of, tmp_path):
    (tmp_path / "library.py").write_text(LIBRARY)
    trace = trace_of(FORK_WITH_LIBRARY, time_limit=LIMIT)
    check_rows(trace)
    assert "a library's thread" in [found.name for found in trace.rows if found.kind == "thread"]
    assert "a copy of the lock, which a library's thread held at the fork" in trace.places[-1].waits


OPEN_PIPE = """\
import multiprocessing

def worker(reader, writer):
    while True:
        try:
            print(reader.recv())
        except EOFError:
            break

if __name__ == "__main__":
    reader, writer = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=worker, args=(reader, writer))
    process.start()
    writer.send("hello")
    writer.close()
    process.join()
"""


@every_method
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells in which processes a pipe is open")
def test_a_pipe_that_is_still_open_in_the_process_that_reads_it(method, trace_of):
    trace = trace_of(OPEN_PIPE, method, LIMIT)
    check_rows(trace)
    _, child = trace.places
    assert child.line == line_with(OPEN_PIPE, "reader.recv") + (method is None)
    assert child.waits == "waits for a message from the pipe, whose other end is open in Process-1"
    assert trace.verdict == "Only Process-1 itself could end its wait, so this never ends."


BUSY = """\
import multiprocessing

def worker():
    while True:
        pass

if __name__ == "__main__":
    process = multiprocessing.Process(target=worker)
    process.start()
    process.join()
"""


def test_who_computes_for_ever_is_not_said_to_wait(trace_of):
    trace = trace_of(BUSY, time_limit=LIMIT)
    check_rows(trace)
    parent, child = trace.places
    assert child.waits == "" and child.function == "worker" and child.line in (4, 5)
    assert trace.verdict == ""
    busy = trace.rows[1].spans[-1]
    assert busy.open and busy.computing > 0.2 * busy.seconds


SLEEPING = """\
import multiprocessing, time

def worker(queue):
    time.sleep(60)
    queue.put(1)

if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=worker, args=(queue,))
    process.start()
    print(queue.get())
"""


def test_a_wait_that_will_end_is_not_said_to_last_for_ever(trace_of):
    trace = trace_of(SLEEPING, time_limit=LIMIT)
    parent, child = trace.places
    assert (parent.waits, child.waits) == ("waits for a message from the queue", "waits for 60 s to pass")
    assert trace.verdict == ""


IN_TRANSIT = """\
import multiprocessing, time

class Slow:
    def __reduce__(self):
        time.sleep(60)  # while it is packed, in a thread of the queue's
        return str, ()

def worker(queue):
    queue.put(Slow())

if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=worker, args=(queue,))
    process.start()
    queue.get()
"""
TIMER = """\
import threading

if __name__ == "__main__":
    event = threading.Event()
    threading.Timer(60, event.set).start()
    event.wait()
"""
SUBCLASS = """\
import threading

class Counter(threading.Thread):
    def run(self):
        while not done.is_set():
            pass

if __name__ == "__main__":
    done = threading.Event()
    Counter(name="counter").start()
    done.wait()
"""


@pytest.mark.parametrize("script", [IN_TRANSIT, TIMER, SUBCLASS], ids=["in transit", "timer", "thread of a subclass"])
def test_who_may_yet_be_woken_is_not_said_to_wait_for_ever(script, trace_of):
    trace = trace_of(script, time_limit=LIMIT)
    check_rows(trace)
    assert trace.exit_code is None and trace.verdict == ""


def test_a_thread_of_a_subclass_has_a_row(trace_of):
    trace = trace_of(SUBCLASS, time_limit=LIMIT)
    assert [(found.name, found.kind) for found in trace.rows[1:]] == [("counter", "thread")]


# --- The script does the same as without a witness ---

TRACEBACKS = """\
import multiprocessing, threading
from concurrent.futures import ProcessPoolExecutor

def fail(number):
    raise ValueError(f"no {number}")

if __name__ == "__main__":
    process = multiprocessing.Process(target=fail, args=(1,))
    process.start()
    process.join()
    thread = threading.Thread(target=fail, args=(2,))
    thread.start()
    thread.join()
    with ProcessPoolExecutor(1) as executor:
        try:
            executor.submit(fail, 3).result()
        except ValueError as error:
            print(error.__cause__)
    with multiprocessing.Pool(1) as pool:
        pool.map(fail, [4])
"""
ALIKE = {
    "tracebacks": TRACEBACKS,
    "one process": ONE,
    "pool": POOL,
    "pipe": PIPE.format(duplex=""),
    "failing": FAILING,
    "executors": EXECUTORS,
    "threading's lock": "import threading\nprint(threading.Lock)\n",
    "own name": "import sys\nprint(__name__, sys.argv, __file__, [name for name in sys.path if 'inside' in name])\n",
    "locks": "import pickle, threading\nlock = threading.Lock()\nprint(threading.Condition(lock), lock.locked())\n"
    "try:\n    pickle.dumps(lock)\nexcept TypeError as error:\n    print(error)\n",
    "syntax error": "print('a'\n",
    "files": "import os\nprint(os.open(__file__, os.O_RDONLY) < 20)\n",
    "exit code": "import sys\nsys.exit('the end')\n",
    "signal": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n",
    "warning": "import warnings\nwarnings.warn('old', stacklevel=1)\n",
}
ANSWERS = {
    f"{name} {number}": answer
    for name in ("exercise_01a", "exercise_03b", "exercise_04a", "exercise_05b")
    for exercise in [exercises.find(name)]
    for number, answer in enumerate([exercise.solution, *exercise.right][:3])
}


def without_numbers(output):
    """Return what a script printed, without what differs between runs: PIDs, addresses, how many got a task."""
    return re.sub(r"0x[0-9a-f]+|\b\d{3,}\b|(?<=processes that worked: )\d", "N", output)


@pytest.mark.parametrize("script", [*ALIKE.values(), *ANSWERS.values()], ids=[*ALIKE, *ANSWERS])
def test_a_script_does_the_same_with_a_witness_and_without(script, tmp_path):
    (tmp_path / "script.py").write_text(script)
    (tmp_path / "notes").mkdir()
    without = capture_script(tmp_path / "script.py")
    witnessed = capture_script(tmp_path / "script.py", COURSE_WITNESS=str(tmp_path / "notes"))
    assert witnessed.exit_code == without.exit_code
    assert without_numbers(witnessed.output) == without_numbers(without.output)
    assert list((tmp_path / "notes").iterdir()), "there was a witness"


# --- Bad input ---

STRANGE = {
    "closes its output": ("import os\nos.close(1)\nos.close(2)\n", 0),
    "deletes its folder": ("import os, shutil\nshutil.rmtree(os.getcwd())\n", 0),
    "changes directory": (f"import os\nos.chdir('/')\n{ONE}", 0),
    "syntax error": ("print('a'\n", 1),
    "ignores SIGTERM": ("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n", None),
    "closes all files": ("import os\nos.closerange(3, 1000)\nprint('still here')\n", 0),
    "clears its environment": (f"import os\nos.environ.clear()\n{ONE}", 0),
}


@pytest.mark.parametrize(("script", "exit_code"), STRANGE.values(), ids=list(STRANGE))
def test_a_strange_script_leaves_a_trace_all_the_same(script, exit_code, tmp_path):
    (tmp_path / "own").mkdir()
    path = tmp_path / "own" / "script.py"
    path.write_text(script)
    trace = traced_run(path, time_limit=3.0)
    assert trace.exit_code == exit_code
    check_rows(trace)


def test_a_script_that_prints_very_much_is_ended_and_that_is_told(tmp_path):
    (tmp_path / "script.py").write_text("import time\nprint('x' * 200_000_000)\ntime.sleep(3600)\n")
    trace = traced_run(tmp_path / "script.py", time_limit=3600.0)
    assert trace.exit_code is None
    assert trace.verdict == "It printed more than 100 MB, and was stopped before it filled the disk."
    assert trace.unshown > 99_000_000


ENDLESS = """\
import multiprocessing

def start_another():
    process = multiprocessing.Process(target=start_another)
    process.start()
    process.join()

if __name__ == "__main__":
    start_another()
"""


def test_a_script_that_starts_processes_for_ever_is_ended_soon(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.scripts.places.MOST_ALIVE", 20)
    (tmp_path / "script.py").write_text(ENDLESS)
    trace = traced_run(tmp_path / "script.py", time_limit=3600.0)
    assert trace.exit_code is None and len(trace.rows) > 3  # each may have a fork server of its own
    assert trace.verdict.startswith("It had more than 20 processes at once")


def test_what_is_no_file_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        traced_run(tmp_path / "none.py")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        traced_run(tmp_path)


def test_processor_times_that_were_not_read_are_worked_out_from_those_around_them(tmp_path):
    unread = float("nan")
    records = [
        (CALL, 1.0, 2.0, 0.1, 0.2),
        (SENT, 2.0, 2.0, 0.0, 0.0),  # a message has none
        (CALL, 3.0, 4.0, unread, unread),
        (CALL, 6.0, 0.0, 0.6, unread),  # goes on
    ]
    file = tmp_path / "records"
    file.write_bytes(
        b"".join(RECORD.pack(kind, 0, 0, 1, *times, 0.0, 0, 0, 0) for kind, *times in records) + bytes(RECORD.size)
    )
    found = with_processor_times(read_records(file, 1, {})[0])
    assert [record.computed for record in found] == pytest.approx([0.1, 0.0, 0.3, 0.6])
    assert [record.computed_then for record in found] == pytest.approx([0.2, 0.0, 0.4, 0.6])


def test_without_any_reading_no_processor_time_is_made_up(tmp_path):
    file = tmp_path / "records"
    file.write_bytes(RECORD.pack(CALL, 0, 0, 1, 1.0, 2.0, float("nan"), float("nan"), 0.0, 0, 0, 0))
    (record,) = with_processor_times(read_records(file, 1, {})[0])
    assert record.computed is record.computed_then is None
