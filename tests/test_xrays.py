"""What a script did is drawn and told so that both stay readable, whatever it did."""

import random

from helpers.scripts.trace import Mark, Message, Place, Row, Span, Trace

# --- Traces as a script would leave them ---


def process(name, pid, asked, up, ended, what="worker", share=0.9, **more):
    """A process that ran one function, from when it was up until it ended."""
    until = 2.0 if ended is None else ended
    spans = [Span("start-up", asked, up), Span("running", up, until, what, share * (until - up), open=ended is None)]
    return Row(name, "process", pid, **{"by": 0, "target": what, "exit_code": None if ended is None else 0, **more},
               asked=asked, up=up, ended=ended, spans=spans)  # fmt: skip


def main_process(ended, *waits, exit_code=0, up=0.05, until=None):
    """The script's own process, which ran the script but for its waits."""
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
    """A script with a pool whose workers take turns at so many tasks."""
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
    """A process that waits until its message is taken, and one that waits for its end first."""
    wait = Span("waiting", 0.07, 2.0, "Process-1 to end", line=12, open=True)
    main = main_process(None, wait, exit_code=None, until=2.0)
    child = Row("Process-1", "process", 4711, by=0, target="worker", asked=0.06, up=0.08)
    child.spans = [
        Span("start-up", 0.06, 0.08),
        Span("running", 0.08, 0.3, "worker", 0.2),
        Span("waiting", 0.3, 2.0, "somebody to take what is in queue 1", line=6, open=True),
    ]
    places = [
        Place(0, 12, "too_large.py", "<module>", "process.join()", "waits for Process-1 to end"),
        Place(1, 6, "too_large.py", "worker", "queue.put(bytes(20_000_000) + bytes(number for number in range(9)))",
              "waits until somebody takes what is in queue 1"),
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
    """A script with a process that sends it very many messages, and prints often."""
    rows = [main_process(3.0), process("Process-1", 4711, 0.06, 0.1, 2.9)]
    sent = [0.1 + 2.7 * n / number for n in range(number)]
    messages = [Message(1, 0, at, at + 0.01, 57, "pipe 1") for at in sent]
    marks = [Mark("prints", 0.1 + 2.7 * n / 1000, 1, f"{n} sent") for n in range(1000)]
    return Trace("chatter.py", 3.0, 0, rows, messages, marks)


def failures():
    """A script one of whose processes raises, while it kills another; a thread goes well."""
    rows = [main_process(0.6, exit_code=1)]
    rows.append(process("Process-1", 4711, 0.06, 0.08, 0.2, exit_code=3))
    rows.append(process("Process-2", 4712, 0.09, 0.12, 0.41, exit_code=-9))
    spans = [Span("start-up", 0.1, 0.101), Span("running", 0.101, 0.5, "fetch", None)]
    name = "Thread-1 (fetch)"
    rows.append(Row(name, "thread", 4710, by=0, target="fetch", asked=0.1, up=0.101, ended=0.5, spans=spans))
    marks = [Mark("joined", 0.21, 0, other=1), Mark("kills", 0.4, 0, other=2)]
    return Trace("failures.py", 0.6, 1, rows, marks=marks, unseen=["What a process made by os.fork() did is not seen."])


def hanging():
    """A hundred processes and their messages at random, none of which ends."""
    some = random.Random(1)
    rows = [main_process(None, exit_code=None, until=2.0)]
    rows += [process(f"Process-{n}", n, 0.01 * n, 0.01 * n + 0.1, None, exit_code=None) for n in range(1, 101)]
    sent = sorted(some.uniform(0.5, 1.9) for _ in range(5000))
    messages = [Message(some.randrange(101), some.randrange(101), at, at + 0.01, 10) for at in sent]
    places = [Place(n, 3, "hanging.py", "worker", "lock.acquire()", "waits for lock 1") for n in range(1, 101)]
    return Trace("hanging.py", 2.0, None, rows, messages, places=places)


TRACES = {
    "alone": alone, "3 ms": lambda: alone(0.003), "one process": one_process, "pool of 4": pool,
    "pool of 16": lambda: pool(16, 64), "short tasks": lambda: pool(4, 20_000, 0.0004), "queue": queue,
    "deadlock": deadlock, "hundred": hundred, "many messages": many_messages, "failures": failures, "hanging": hanging,
}  # fmt: skip
