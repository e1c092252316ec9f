"""What a script did is drawn and listed so that both stay readable, whatever it did."""

import html
import random
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.text import Annotation

from helpers.drawing.xrays import LOW, TALL, in_bytes
from helpers.scripts import xray
from helpers.scripts.__main__ import main
from helpers.scripts.story import (
    HEADER,
    MOST_ARROWS,
    MOST_EVENTS,
    MOST_ROWS,
    calls,
    elided,
    fold,
    places_in_words,
    story_of,
)
from helpers.scripts.trace import Mark, Message, Place, Row, Span, Trace
from helpers.scripts.xray import picture_of

# --- Traces as a script would leave them ---


def process(name, pid, asked, up, ended, what="worker", share=0.9, **more):
    """A process that ran one function from when it was up until it ended."""
    until = 2.0 if ended is None else ended
    spans = [Span("start-up", asked, up), Span("running", up, until, what, share * (until - up), open=ended is None)]
    return Row(name, "process", pid, **{"by": 0, "target": what, "exit_code": None if ended is None else 0, **more},
               asked=asked, up=up, ended=ended, spans=spans)  # fmt: skip


def main_process(ended, *waits, exit_code=0, up=0.05, until=None):
    """The script's own process, which ran the script except during its waits."""
    spans, at, until = [Span("start-up", 0.0, up)], up, ended if until is None else until
    for wait in waits:
        spans += [Span("running", at, wait.began, "<module>", 0.5 * (wait.began - at)), wait]
        at = wait.ended
    spans.append(Span("running", at, until, "<module>", 0.5 * (until - at)))
    return Row("MainProcess", "process", 4710, up=up, ended=ended, exit_code=exit_code, spans=spans)


def alone(seconds=0.2):
    """A script that starts no process, and prints a line."""
    rows = [main_process(seconds, up=0.25 * seconds)]
    return Trace("alone.py", seconds, 0, rows, marks=[Mark("prints", 0.5 * seconds, 0, "Hello.")])


def one_process():
    """A script that starts a process, which prints two lines, and joins it."""
    wait = Span("waiting", 0.062, 0.484, "Process-1 to end", line=12)
    return Trace(
        "one_process.py",
        0.5,
        0,
        [main_process(0.49, wait), process("Process-1", 4711, 0.06, 0.072, 0.48)],
        marks=[
            Mark("starts", 0.06, 0, other=1),
            Mark("prints", 0.073, 1, "Worker process executing."),
            Mark("prints", 0.4, 1, "Almost done."),
            Mark("joined", 0.484, 0, other=1),
            Mark("prints", 0.486, 0, "Both are done."),
        ],
    )


def pool(workers=4, tasks=20, each=0.1):
    """A script with a pool whose workers take turns at some number of tasks."""
    rows, messages, up, rounds, gap = [], [], 0.08, -(-tasks // workers), min(0.002, each / 10)
    for number in range(workers):
        asked, at = 0.05 + 0.004 * number, up + 0.004 * number
        spans = [Span("start-up", asked, at)]
        for task in range(number, tasks, workers):
            spans.append(Span("waiting", at, at + gap, "a task"))
            spans.append(Span("running", at + gap, at + each, "square", 0.75 * each))
            messages.append(Message(0, number + 1, at, at + gap, 57, "queue 1"))
            messages.append(Message(number + 1, 0, at + each, at + each + 0.001, 40 + task, "queue 2"))
            at += each
        end = up + rounds * each + 0.1
        spans.append(Span("waiting", at, end, "a task"))
        rows.append(
            Row(f"ForkPoolWorker-{number + 1}", "process", 5000 + number, by=0, pool="Pool 1", daemon=True, asked=asked,
                up=spans[0].ended, ended=end, exit_code=-15, spans=spans)
        )  # fmt: skip
    end = rows[0].ended + 0.02
    wait = Span("waiting", 0.09, up + rounds * each + 0.05, "the result of pool.map", line=8)
    marks = [Mark("starts", row.asked, 0, other=place) for place, row in enumerate(rows, start=1)]
    marks.append(Mark("prints", wait.ended + 0.001, 0, "[0, 1, 4, 9, 16, 25]"))
    messages.sort(key=lambda message: message.sent)
    return Trace("pool.py", end, 0, [main_process(end, wait), *rows], messages, marks)


def queue():
    """Four processes, each of which sends a result through a queue."""
    waits = [Span("waiting", 0.1 + 0.18 * n, 0.27 + 0.18 * n, "a message from queue 1", line=14) for n in range(4)]
    rows, messages, marks = [main_process(0.9, *waits)], [], []
    for n in range(1, 5):
        rows.append(process(f"Process-{n}", 4710 + n, 0.05 + 0.01 * n, 0.08 + 0.01 * n, 0.11 + 0.18 * n))
        messages.append(Message(n, 0, 0.08 + 0.18 * n, 0.09 + 0.18 * n, 1000 * n, "queue 1"))
        marks.append(Mark("joined", 0.82 + 0.01 * n, 0, other=n))
        marks.append(Mark("prints", 0.07 + 0.18 * n, n, f"Result {n} is ready."))
    marks.sort(key=lambda mark: mark.at)
    return Trace("queue.py", 0.9, 0, rows, messages, marks)


def deadlock():
    """A process that waits until its message is received, and one that joins it first."""
    wait = Span("waiting", 0.07, 2.0, "Process-1 to end", line=12, open=True)
    main = main_process(None, wait, exit_code=None, until=2.0)
    child = Row("Process-1", "process", 4711, by=0, target="worker", asked=0.06, up=0.08)
    child.spans = [
        Span("start-up", 0.06, 0.08),
        Span("running", 0.08, 0.3, "worker", 0.2),
        Span("waiting", 0.3, 2.0, "someone to receive what is in queue 1", line=6, open=True),
    ]
    places = [
        Place(0, 12, "too_large.py", "<module>", "process.join()", "waits for Process-1 to end"),
        Place(1, 6, "too_large.py", "worker", "queue.put(bytes(20_000_000) + bytes(number for number in range(9)))",
              "waits until someone receives what is in queue 1"),
    ]  # fmt: skip
    return Trace(
        "too_large.py", 2.004, None, [main, child], places=places, verdict="Each waits for the other: this never ends."
    )


def hundred():
    """A script that starts a hundred processes; one of the last fails."""
    rows, marks = [main_process(2.4, Span("waiting", 0.95, 2.3, "Process-1 to end", line=9))], []
    for n in range(1, 101):
        asked = 0.05 + 0.009 * n
        rows.append(process(f"Process-{n}", 5000 + n, asked, asked + 0.02, asked + 0.6 + 0.005 * n, share=0.3))
        marks.append(Mark("prints", asked + 0.5, n, f"{n} is done"))
        marks.append(Mark("joined", 2.3 + 0.0005 * n, 0, other=n))
    rows[95].exit_code = 1
    marks.sort(key=lambda mark: mark.at)
    messages = [Message(n, 0, rows[n].ended - 0.01, rows[n].ended, 57, "queue 1") for n in range(1, 101)]
    return Trace("hundred.py", 2.41, 0, rows, messages, marks)


def many_messages(number=100_000):
    """A script with a process that sends it a huge number of messages and prints often."""
    rows = [main_process(3.0), process("Process-1", 4711, 0.06, 0.1, 2.9)]
    sent = [0.1 + 2.7 * n / number for n in range(number)]
    messages = [Message(1, 0, at, at + 0.01, 57, "pipe 1") for at in sent]
    marks = [Mark("prints", 0.1 + 2.7 * n / 1000, 1, f"{n} sent") for n in range(1000)]
    return Trace("chatter.py", 3.0, 0, rows, messages, marks)


def failures():
    """A script with a process that raises, one that the script kills, and a thread that ends well."""
    rows = [main_process(0.6, exit_code=1)]
    rows.append(process("Process-1", 4711, 0.06, 0.08, 0.2, exit_code=3))
    rows.append(process("Process-2", 4712, 0.09, 0.12, 0.41, exit_code=-9))
    spans = [Span("start-up", 0.1, 0.101), Span("running", 0.101, 0.5, "fetch", None)]
    name = "Thread-1 (fetch)"
    rows.append(Row(name, "thread", 4710, by=0, target="fetch", asked=0.1, up=0.101, ended=0.5, spans=spans))
    marks = [Mark("joined", 0.21, 0, other=1), Mark("kills", 0.4, 0, other=2)]
    return Trace(
        "failures.py", 0.6, 1, rows, marks=marks, unseen=["What a process started by os.fork() did is not seen."]
    )


def hanging():
    """A hundred processes and their messages at random, none of which ends."""
    some = random.Random(1)
    rows = [main_process(None, exit_code=None, until=2.0)]
    rows += [process(f"Process-{n}", n, 0.01 * n, 0.01 * n + 0.1, None, exit_code=None) for n in range(1, 101)]
    sent = sorted(some.uniform(0.5, 1.9) for _ in range(5000))
    messages = [Message(some.randrange(101), some.randrange(101), at, at + 0.01, 10) for at in sent]
    places = [Place(n, 3, "hanging.py", "worker", "lock.acquire()", "waits for lock 1") for n in range(1, 101)]
    return Trace("hanging.py", 2.0, None, rows, messages, places=places)


def crossing():
    """A message that crosses a process's row just where the row says what the process waits for."""
    rows = [main_process(1.0), process("Process-1", 1, 0.1, 0.2, 0.9), process("Process-2", 2, 0.1, 0.2, 0.9)]
    rows[1].spans[1:] = [Span("waiting", 0.2, 0.8, "lock 1")]
    return Trace("crossing.py", 1.0, 0, rows, [Message(2, 0, 0.48, 0.48, 57, "queue 1")])


TRACES = {
    "crossing": crossing,
    "alone": alone, "3 ms": lambda: alone(0.003), "one process": one_process, "pool of 4": pool,
    "pool of 16": lambda: pool(16, 64), "short tasks": lambda: pool(4, 20_000, 0.0004), "queue": queue,
    "deadlock": deadlock, "hundred": hundred, "many messages": many_messages, "failures": failures, "hanging": hanging,
}  # fmt: skip
every_trace = pytest.mark.parametrize("name", TRACES)


def told(trace):
    """Return the list of a trace, as lines in a terminal."""
    return [f"{line.when()}  {line.text}" for line in story_of(trace).lines]


def drawn(trace):
    """Return the axes of a trace's picture."""
    return picture_of(trace, story_of(trace)).figure.axes[0]


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


# --- The list ---


def test_what_ran_a_while_after_it_was_up_is_told_in_two_lines():
    trace = one_process()
    next(span for span in trace.rows[1].spans if span.kind == "running").began += 0.003
    lines = [line for line in told(trace) if "Process-1 is up" in line or "Process-1 runs" in line]
    assert [line[:7] for line in lines] == ["0.072 s", "0.075 s"]
    assert lines[0].endswith("Process-1 is up, 0.012 s after start().")


def test_all_that_a_script_did_is_told_in_the_order_of_time():
    assert told(one_process()) == [
        "0.000 s  one_process.py starts as MainProcess (PID 4710).",
        "0.050 s  MainProcess is up, 0.050 s after the script's start. "
        "It runs one_process.py for 0.440 s and computes for 0.009 s of it.",
        "0.060 s  MainProcess starts Process-1 (PID 4711).",
        "0.062 s  MainProcess waits 0.422 s for Process-1 to end (line 12).",
        "0.072 s  Process-1 is up, 0.012 s after start(). It runs worker for 0.408 s and computes for 0.367 s of it.",
        '0.073 s  Process-1 prints "Worker process executing." [1]',
        '0.400 s  Process-1 prints "Almost done." [2]',
        "0.480 s  Process-1 ends with exit code 0.",
        "0.484 s  MainProcess: join() of Process-1 returns.",
        '0.486 s  MainProcess prints "Both are done." [3]',
        "0.490 s  MainProcess ends with exit code 0.",
    ]


@every_trace
def test_a_list_is_bounded_and_in_the_order_of_time(name):
    lines = story_of(TRACES[name]()).lines
    assert 0 < len(lines) <= MOST_EVENTS
    assert [line.at for line in lines] == sorted(line.at for line in lines)


def test_a_message_says_who_sent_how_much_to_whom():
    trace = queue()
    trace.messages[0] = Message(1, 0, 0.03, 0.031, 57, "queue 1")
    trace.messages[1].bytes, trace.messages[1].received = 1, 1.44
    trace.messages[2].receiver, trace.messages[3].channel = None, ""
    sent = [line for line in told(trace) if " sends " in line]
    assert sent == [
        "0.030 s  Process-1 sends 57 bytes through queue 1 to MainProcess.",
        "0.440 s  Process-2 sends 1 byte through queue 1 to MainProcess, which receives the message 1.000 s later.",
        "0.620 s  Process-3 sends 3,000 bytes through queue 1. The message is never received.",
        "0.800 s  Process-4 sends 4,000 bytes to MainProcess.",
    ]


def test_how_processes_ended_is_told():
    trace = failures()
    lines = told(trace)
    assert "0.200 s  Process-1 ends with exit code 3." in lines
    assert "0.400 s  MainProcess kills Process-2." in lines
    assert "0.410 s  Process-2 is ended by SIGKILL." in lines
    assert "0.500 s  Thread-1 (fetch) ends." in lines
    assert story_of(trace).caption == (
        "failures.py ended with exit code 1 after 0.600 s. It started 2 processes and 1 thread. "
        "Ended with an error: Process-1 (exit code 3) and Process-2 (SIGKILL). "
        "What a process started by os.fork() did is not seen."
    )


def test_a_pool_that_ends_its_workers_is_no_failure():
    trace = pool()
    assert "Ended with an error" not in story_of(trace).caption
    assert "0.680 s  ForkPoolWorker-4 is ended by SIGTERM, as its pool ends its workers." in told(trace)
    assert "✗" not in "".join(ending_labels(trace))
    trace.rows[4].exit_code = -9
    assert "Ended with an error: ForkPoolWorker-4 (SIGKILL)." in story_of(trace).caption
    assert ending_labels(trace)[-1] == "✗ SIGKILL"


def test_each_task_of_a_pool_is_told_and_no_wait_for_one():
    lines = told(pool(2, 4))
    assert sum(" runs square " in line for line in lines) == 4
    assert not [line for line in lines if "a task" in line]


def test_what_lies_around_a_wait_is_one_call():
    row = process("Process-1", 1, 0.0, 0.1, 1.0)
    row.spans[1:] = [Span("running", 0.1, 0.2, "f", 0.1), Span("waiting", 0.2, 0.9, "lock 1"),
                     Span("running", 0.9, 1.0, "f", 0.05), Span("running", 1.0, 1.1, "f", None)]  # fmt: skip
    assert [(call.began, call.ended, call.computing) for call in calls(row)] == [
        (0.1, 1.0, pytest.approx(0.15)),
        (1.0, 1.1, None),
    ]


def test_a_short_wait_is_no_news_unless_it_never_ended():
    trace = deadlock()
    trace.rows[0].spans.insert(2, Span("waiting", 0.065, 0.067, "lock 7"))
    lines = told(trace)
    assert not [line for line in lines if "lock 7" in line]
    assert "0.070 s  MainProcess waits for Process-1 to end, until it is stopped (line 12)." in lines
    assert lines[4].endswith("It runs worker for 1.920 s, until it is stopped, and computes for 0.200 s of it.")
    assert lines[-1] == "2.004 s  too_large.py is stopped. Still running: MainProcess and Process-1."


def test_a_hundred_thousand_messages_are_a_line():
    story = story_of(many_messages())
    lines = [line.text for line in story.lines]
    said = "Process-1 sends 100,000 messages through pipe 1 to MainProcess until 2.800 s, 5,700,000 bytes in all."
    assert said in lines
    assert 'Process-1 prints 1,000 lines, from "0 sent" to "999 sent" [1–1000]' in lines
    assert "100,000 messages are grouped in the list, not shown one by one." in story.caption
    assert "The picture shows at most 40 of 100,000 messages." in story.caption
    assert "messages" not in story_of(queue()).caption


def test_what_is_told_together_is_what_makes_the_list_long():
    trace = one_process()
    trace.messages = [Message(1, 0, 0.1 + 0.001 * n, 0.2 + 0.001 * n, 10, "queue 1") for n in range(195)]
    lines = told(trace)
    assert sum("prints" in line for line in lines) == 3
    assert (
        "0.100 s  Process-1 sends 195 messages through queue 1 to MainProcess until 0.294 s, 1,950 bytes in all."
        in lines
    )


def test_a_list_that_stays_too_long_says_how_much_is_left_out():
    story = story_of(one_of_many_names())
    assert len(story.lines) == MOST_EVENTS
    (gap,) = [line.text for line in story.lines if "left out" in line.text]
    left_out = 1 + 1 + 300 + 300 + 1 - (MOST_EVENTS - 1)  # it starts, is up, runs, waits, ends
    assert gap.startswith(f"({left_out} events until ")
    assert story.caption.endswith(f" {left_out} events are left out of the list.")


def one_of_many_names():
    """A script that runs 300 functions and waits for 300 things."""
    row = main_process(10.0)
    row.by, row.spans = 0, row.spans[:1]
    for n in range(300):
        row.spans += [
            Span("running", 0.1 + 0.02 * n, 0.11 + 0.02 * n, f"f{n}"),
            Span("waiting", 0.11 + 0.02 * n, 0.12 + 0.02 * n, f"lock {n}"),
        ]
    return Trace("names.py", 10.0, 0, [row])


def test_empty_and_strange_traces_are_told_and_drawn():
    never = Row("Process-1", "process", 1, by=0, asked=0.1)
    for trace in (
        Trace("empty.py", 0.0, 0, []),
        Trace("only.py", 0.1, -9, [Row("MainProcess", "process", 1)]),
        Trace("no.py", 0.1, None, [main_process(None, until=0.1, up=0.01, exit_code=None), never]),
    ):
        story = story_of(trace)
        assert picture_of(trace, story).png().startswith(b"\x89PNG")
        assert trace.script in story.caption


# --- Folding ---


def test_a_script_and_sixteen_workers_have_a_line_each():
    assert fold(pool(16)).label == "" and len(fold(pool(16)).shown) == MOST_ROWS
    assert fold(pool(17)).label == "2 more workers"


def test_more_rows_share_a_line_and_those_that_failed_do_not():
    folding = fold(hundred())
    assert len(folding.shown) == MOST_ROWS - 1 and folding.label == "85 more processes"
    assert folding.shown == [*range(15), 95]
    assert sorted(folding.shown + folding.folded) == list(range(101))
    assert fold(pool(20)).label == "5 more workers"


def test_a_hundred_failures_leave_room_for_what_went_well():
    trace = hundred()
    for row in trace.rows[30:]:
        row.exit_code = 1
    shown = fold(trace).shown
    assert shown[0] == 0 and 0 < sum(place >= 30 for place in shown) < MOST_ROWS / 2 and len(shown) == MOST_ROWS - 1


def test_what_the_folded_did_is_summed_up():
    story = story_of(hundred())
    (line,) = [line.text for line in story.lines if "share a line" in line.text]
    assert line.startswith("85 more processes, Process-15 to Process-100, share a line, until ")
    assert "print 85 lines, send 85 messages (4,845 bytes). Ended with exit code 0: 85." in line
    assert "MainProcess starts 85 processes until 0.950 s." in [line.text for line in story.lines]
    assert "85 more processes share a row; what they did is summed up in the list." in story.caption
    assert not [line for line in story.lines if "Process-50" in line.text]


# --- Where the processes were ---


def test_where_each_stood_is_told_with_what_it_waited_for():
    assert places_in_words(deadlock(), 2.0) == (
        "Not finished after 2 s. Where they stood:\n"
        "  MainProcess  too_large.py line 12, in <module>: process.join()\n"
        "               waits for Process-1 to end\n"
        "  Process-1    too_large.py line 6, in worker: queue.put(...)\n"
        "               waits until someone receives what is in queue 1\n"
        "Each waits for the other: this never ends."
    )


def test_who_computes_or_stands_elsewhere_is_told_so():
    trace = deadlock()
    trace.verdict = ""
    trace.places = [Place(0, 3, "loop.py", "f", "while True: pass"), Place(1, None, "", "", "", "waits for lock 1")]
    assert places_in_words(trace, 0.5).splitlines() == [
        "Not finished after 0.5 s. Where they stood:",
        "  MainProcess  loop.py line 3, in f: while True: pass",
        "  Process-1    at no line of the script                 waits for lock 1",
    ]
    trace.places = [Place(0, 3, "loop.py", "", "pass"), Place(1, None, "", "worker", "", "waits for lock 1")]
    assert places_in_words(trace, 0.5).splitlines()[1:] == [
        "  MainProcess  loop.py line 3: pass",
        "  Process-1    worker has returned    waits for lock 1",
    ]
    trace.places = []
    assert places_in_words(trace, 20) == "Not finished after 20 s."


def test_what_is_not_shown_of_the_output_is_told():
    trace = one_process()
    trace.unshown = 1_400_000
    assert "It printed 1.4 MB more than is shown here." in story_of(trace).caption
    assert "more than is shown" not in story_of(one_process()).caption


def test_the_places_of_many_are_bounded():
    lines = places_in_words(hanging(), 2).splitlines()
    assert len(lines) == 1 + MOST_ROWS + 1 and lines[-1] == "  and 83 more"


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("process.join()", "process.join()"),
        ("queue.put(bytes(20_000_000) + bytes(20_000_000) + b'')", "queue.put(...)"),
        ("Process(target=worker, args=(1, 2, 3), name='one').start()", "Process(...).start()"),
        ("results = pool.map(very_long_name_of_a_worker, [1, 2,", "results = pool.map(...)"),
        ("a_very_long_name_of_a_variable = a_very_long_name", "a_very_long_name_of_a_variable = a_very…"),
        ("print(pool.map(worker, range(4), chunksize=1))", "print(pool.map(...))"),
        ("found = [queue.get() for process in every_process if process]", "found = [queue.get() for process in eve…"),
    ],
)
def test_long_code_is_told_without_its_arguments(code, short):
    assert elided(code) == short


# --- In a notebook ---


def test_a_short_list_stands_open_and_a_long_one_is_folded_away():
    assert "<details>" not in story_of(one_process()).markdown()
    long = story_of(pool())
    assert f"<details><summary>All {len(long.lines)} events</summary>\n\n| when | what happened |" in long.markdown()


def test_where_they_stood_keeps_its_layout_in_a_notebook():
    markdown = story_of(deadlock()).markdown()
    assert f">{html.escape(places_in_words(deadlock(), 2))}</pre>\n\n| when |" in markdown
    assert "in &lt;module&gt;: process.join()\n               waits for" in markdown


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("<b>|*x*", '"`<b>\\|*x*`"'),
        ("a `quoted` $1$", '"``a `quoted` $1$``"'),
        ("`", '"`` ` ``"'),
        ("", '""'),
        ("tab\there\x1b[31m", '"`tab here [31m`"'),
        (100 * "x", f'"`{79 * "x"}…`"'),
    ],
)
def test_what_a_script_prints_means_nothing_in_markdown(printed, shown):
    assert f"prints {shown} \\[1\\] |" in story_of(alone_printing(printed)).markdown()


def alone_printing(text):
    trace = alone()
    trace.marks = [Mark("prints", 0.1, 0, text)]
    return trace


def test_names_mean_nothing_in_markdown():
    trace = one_process()
    trace.rows[1].name = "_<b>_$"
    assert r"starts \_\<b\>\_`$` (PID 4711)" in story_of(trace).markdown()


def test_the_picture_s_text_is_the_story():
    trace = one_process()
    story = story_of(trace)
    picture = picture_of(trace, story)
    assert picture.markdown() == story.markdown()
    assert picture.header == HEADER and picture.rows == [[line.when(), line.text] for line in story.lines]
    assert html.escape(story.caption) in picture.image()


def test_xray_shows_the_output_and_then_the_picture(monkeypatch, capsys):
    shown = []
    asked = traced(monkeypatch, one_process())
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr("IPython.display.display", shown.append)
    assert xray("one_process.py", time_limit=3) is None
    assert asked == [("one_process.py", 3, {})]
    assert capsys.readouterr().out == "said\n"
    assert [picture.caption for picture in shown] == [story_of(one_process()).caption]


def test_xray_prints_the_story_where_there_is_no_notebook(monkeypatch, capsys):
    traced(monkeypatch, one_process())
    xray("one_process.py")
    assert capsys.readouterr().out == f"said\n\n{story_of(one_process()).text()}\n"


# --- What is drawn ---


@every_trace
def test_a_picture_is_bounded(name):
    picture = picture_of(TRACES[name](), story_of(TRACES[name]()))
    axes = picture.figure.axes[0]
    assert len(axes.get_yticks()) <= MOST_ROWS
    assert picture.figure.get_figheight() < 8
    assert len(axes.get_children()) < 500
    assert len(picture.svg()) < 100_000 and len(picture.png()) < 100_000
    assert sum(isinstance(text, Annotation) for text in axes.texts) <= MOST_ARROWS


@every_trace
def test_no_two_texts_overlap(name):
    axes = drawn(TRACES[name]())
    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts if text.get_text()]
    boxes += [label.get_window_extent(renderer) for label in axes.get_yticklabels()]
    assert not [(one, other) for one, other in combinations(boxes, 2) if one.overlaps(other)]


def ending_labels(trace):
    """Return what is written to the right of each row."""
    axes = drawn(trace)
    (right,) = axes.child_axes
    return [label.get_text() for label in right.get_yticklabels()]


def test_each_row_has_its_name_its_pid_and_its_end():
    axes = drawn(failures())
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "MainProcess\nPID 4710", "Process-1\nPID 4711", "Process-2\nPID 4712", "Thread-1 (fetch)\nthread in 4710",
    ]  # fmt: skip
    assert ending_labels(failures()) == ["✗ exit code 1", "✗ exit code 3", "✗ SIGKILL", ""]
    assert ending_labels(deadlock()) == ["still running", "still running"]
    assert [label.get_text() for label in drawn(hundred()).get_yticklabels()][-1] == "85 more\nprocesses"


def test_a_bar_is_as_full_as_its_process_computed():
    trace = one_process()
    trace.rows[0].spans = []
    trace.rows.append(process("Process-2", 4712, 0.1, 0.2, 0.4))
    trace.rows[2].spans[1].computing = None
    bars = [collection for collection in drawn(trace).collections if type(collection) is PolyCollection]
    heights = {}
    for bar in bars:
        for path in bar.get_paths():
            box = path.get_extents()
            if box.width > 1e-9:
                heights.setdefault((round(box.x0, 2), round(box.x1, 2)), []).append(box.height / TALL)
    assert heights[0.07, 0.48] == [pytest.approx(1), pytest.approx(0.9)]
    assert heights[0.2, 0.4] == [pytest.approx(1), pytest.approx(0)]


def test_a_call_is_drawn_in_the_line_of_its_process():
    bars = [collection for collection in drawn(one_process()).collections if type(collection) is PolyCollection]
    boxes = [path.get_extents() for bar in bars for path in bar.get_paths()]
    lines = {round(box.x0, 3): round((box.y0 + box.y1) / 2 - LOW, 6) for box in boxes if box.height == TALL}
    assert (lines[0.05], lines[0.072]) == (0, 1)


def test_printed_lines_have_numbers_and_those_that_would_touch_share_one():
    assert [text for text in texts(drawn(one_process())) if text.isdigit()] == ["1", "2", "3"]
    trace = one_process()
    trace.marks = [Mark("prints", 0.3 + 0.001 * n, 1, "x") for n in range(5)] + [Mark("prints", 0.4, 1, "y")]
    assert [text for text in texts(drawn(trace)) if text[0].isdigit()] == ["1–5", "6"]
    trace.marks.insert(2, Mark("prints", 0.302, 0, "z"))
    assert [text for text in texts(drawn(trace)) if text[0].isdigit()] == ["1 … 6", "7", "3"]


def test_a_wait_says_what_for_where_there_is_room():
    assert "waits for Process-1 to end" in texts(drawn(one_process()))
    assert texts(drawn(queue())).count("a message from queue 1") == 4
    trace = one_process()
    trace.rows[0].spans = [Span("waiting", 0.1, 0.12, "Process-1 to end")]
    assert not [text for text in texts(drawn(trace)) if "Process-1" in text]


def test_what_a_wait_is_for_stands_where_no_arrow_ends():
    trace = one_process()
    trace.rows[0].spans[2] = Span("waiting", 0.062, 0.484, "lock 1")
    (alone,) = [text for text in drawn(trace).texts if text.get_text() == "waits for lock 1"]
    at = alone.get_position()[0]
    trace.messages = [Message(1, 0, at - 0.02, at, 57, "queue 1")]
    axes = drawn(trace)
    (aside,) = [text for text in axes.texts if text.get_text() == "waits for lock 1"]
    box = aside.get_window_extent(FigureCanvasAgg(axes.figure).get_renderer())
    assert not box.x0 < axes.transData.transform((at, 0))[0] < box.x1


def test_few_messages_bear_their_sizes():
    assert {"1 kB", "2 kB", "3 kB", "4 kB"} <= set(texts(drawn(queue())))
    assert not [text for text in texts(drawn(many_messages())) if text.endswith(" B")]


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (1_234_567, "1.23 MB")]
)
def test_a_size_is_told_in_little_room(number, words):
    assert in_bytes(number) == words


def test_what_was_given_up_has_a_line_at_its_end():
    def dashed(trace):
        return [line for line in drawn(trace).lines if line.get_linestyle() == "--"]

    assert len(dashed(deadlock())) == 1 and not dashed(one_process())


def test_a_name_is_no_formula():
    trace = one_process()
    trace.rows[1].name = r"$\no$"
    trace.rows[0].spans[2].what = r"$\no$ to end"
    assert r"waits for $\no$ to end" in texts(drawn(trace))
    assert picture_of(trace, story_of(trace)).png().startswith(b"\x89PNG")


def test_what_is_done_very_often_is_drawn_as_often_as_can_be_seen():
    trace = one_process()
    trace.marks += [Mark("joined", 0.1 + 0.00002 * n, 0, other=1) for n in range(20_000)]
    lines = [collection for collection in drawn(trace).collections if isinstance(collection, LineCollection)]
    assert 300 / 3 < sum(len(collection.get_segments()) for collection in lines) < 400
    assert len(story_of(trace).lines) < MOST_EVENTS


# --- In a terminal ---

TRACED_RUN = "helpers.scripts.tracing.traced_run"


def traced(monkeypatch, trace):
    """Make each traced run print "said" and return this trace. Returns the list of the arguments of these runs."""
    asked = []

    def run(path, time_limit, show, **more):
        asked.append((path, time_limit, more))
        show("said\n")
        return trace

    monkeypatch.setattr(TRACED_RUN, run, raising=False)
    return asked


@pytest.fixture
def at_a_script(tmp_path, monkeypatch):
    """A current directory, with a script in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder/one_process.py").touch()
    return tmp_path


def test_a_terminal_gets_the_output_the_list_and_a_png(at_a_script, monkeypatch, capsys):
    asked = traced(monkeypatch, one_process())
    assert main(["--time-limit", "5", "folder/one_process.py", "a", "--time-limit", "-h"]) == 0
    more = {"arguments": ["a", "--time-limit", "-h"], "folder": at_a_script, "stdin": None}
    assert asked == [(Path("folder/one_process.py"), 5.0, more)]
    out = capsys.readouterr().out
    assert out.startswith("said\n\none_process.py ended with exit code 0")
    assert '0.073 s  Process-1 prints "Worker process executing."' in out
    assert out.endswith("\nThe picture is in one_process.png.\n")
    assert Path("one_process.png").read_bytes().startswith(b"\x89PNG")


def test_where_they_stood_is_told_in_a_terminal(at_a_script, monkeypatch, capsys):
    traced(monkeypatch, deadlock())
    assert main(["--time-limit", "2", "folder/one_process.py"]) == 124
    assert places_in_words(deadlock(), 2) in capsys.readouterr().out


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (-9, 137), (None, 124)])
def test_the_exit_code_is_the_script_s(at_a_script, monkeypatch, code, status):
    trace = alone()
    trace.exit_code = code
    traced(monkeypatch, trace)
    assert main(["folder/one_process.py"]) == status


@pytest.mark.parametrize(
    ("path", "message"),
    [("no.py", "There is no file no.py."), ("folder", "folder is a directory. Give the script's file")],
)
def test_what_is_no_script_is_explained(at_a_script, monkeypatch, capsys, path, message):
    asked = traced(monkeypatch, alone())
    assert main([path]) == 2 and not asked
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "soon"])
def test_a_bad_time_limit_is_explained(at_a_script, capsys, limit):
    with pytest.raises(SystemExit) as ended:
        main([f"--time-limit={limit}", "folder/one_process.py"])
    assert ended.value.code == 2 and "--time-limit" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_costs_nothing_else(at_a_script, monkeypatch, capsys):
    traced(monkeypatch, one_process())
    Path("one_process.png").mkdir()
    assert main(["folder/one_process.py"]) == 0
    out = capsys.readouterr().out
    assert "Process-1 ends with exit code 0." in out and "The picture could not be written: " in out


def test_an_interrupt_ends_it_without_a_traceback(at_a_script, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(TRACED_RUN, interrupted, raising=False)
    assert main(["folder/one_process.py"]) == 130
    assert capsys.readouterr().err == "Interrupted: the script and its worker processes were ended.\n"
