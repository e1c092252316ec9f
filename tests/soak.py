"""Run every notebook again and again, and a panel many times, and say whether anything grows.

All of it happens in one Jupyter server, driven as JupyterLab drives it. Each notebook is restarted and run from top to
bottom, in a kernel of its own. The panel stays in one kernel: its runs have random settings, and some of them are
canceled or interrupted.

After each run it notes what the kernel and the server hold: memory, threads and open files, and how many processes,
blocks of shared memory and semaphores there are. A figure grows if its slope over the last half of the runs adds up to
more than 5 % (memory) or more than 1 (all else).

It prints a table, stores it as tests/benchmarks/soak.md, and ends with exit code 1 if anything grows or is left.
"""

import argparse
import json
import os
import platform
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, namedtuple
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from statistics import median
from urllib.request import Request, urlopen
from uuid import uuid4

import course
import leftovers
import psutil
import websocket  # Jupyter's server depends on it
from conftest import ROOT, SHORTER
from jupyter_server.services.kernels.connection.base import deserialize_binary_message

from helpers.machine import usable_cores
from helpers.running.families import lives, wait_for_end
from helpers.words import counted, markdown_table

STORED = ROOT / "tests" / "benchmarks" / "soak.md"
MARK = "COURSE_SOAK"  # in the environment of all that the server starts, so that orphans are found too
LIMIT = 300  # seconds for the server to start, for a cell, and for a run of the panel
SETTLED = 10  # seconds for processes to end and for Python's resource trackers to clean up after them
LONGEST_LOOK = 0.7  # seconds that a run goes on before it is canceled or interrupted
PERCENT, COUNT = 5, 1  # how much a figure may grow over the last half of the runs
FEW = 20  # a count is the fewest over this part of the runs: in 200 runs, of the last ten
ENDINGS = ["end"] * 5 + ["cancel"] * 2 + ["interrupt"] * 2 + ["measure"]

PANEL = """\
from helpers.panels import Panel
from helpers.panels.workloads import SETTING_NAMES

panel = Panel(controls=SETTING_NAMES, workload="pages", workers=2, tasks=8, size=50, most_workers=4)
panel"""

Figures = namedtuple("Figures", "memory processes threads files blocks semaphores")
Figures.__doc__ = """What is held after a run.

memory      bytes of memory (RSS) of the kernel, or of the server
processes   how many processes the server and the kernel have started, orphans included
threads     of the kernel, or of the server
files       open files of the kernel, or of the server, without `fonts`
blocks      blocks of shared memory with a name
semaphores  semaphores with a name
"""
HEADER = ["memory, MB", "processes", "threads", "open files", "shared memory", "semaphores"]
TITLE = """\
# Does anything grow?

`{command}` ran each notebook from top to bottom again and again, and a panel many times, all in one Jupyter server.
Each figure is what its kernel, or the server, held after the last run; of all but memory, it is the fewest of the last
few runs, since open files waver. Font files, of which Matplotlib keeps up to 64 open, don't count. In brackets is by
how much that grew per run, over the last half of the runs. What grows has grown by more than {percent} % there (memory)
or by more than {count} (all else), and was lower before."""


class Stuck(Exception):
    """Something did not end in time, or ended when it should not have."""


# --- The server and its kernels ---


class Server:
    """A Jupyter server.

    folder  what it serves
    mark    what finds its processes
    """

    def __init__(self, process, folder, mark, url, token):
        self.process, self.folder, self.mark = process, folder, mark
        self._url, self.token = url.rstrip("/"), token
        self.before = leftovers.names()

    def ask(self, method, path, /, **content):
        """Send a request, and return the answer."""
        request = Request(
            f"{self._url}/api/{path}",
            json.dumps(content).encode() if content else None,
            {"Authorization": f"token {self.token}"},
            method=method,
        )
        with urlopen(request, timeout=LIMIT) as answer:
            return json.loads(answer.read() or "null")

    @contextmanager
    def session(self, path):
        """Give the `Kernel` of a notebook, and end it with the block."""
        session = self.ask("POST", "sessions", path=path, name=path, type="notebook", kernel={"name": "python3"})
        kernel = Kernel(self, session["kernel"]["id"])
        try:
            yield kernel
        finally:
            kernel.close()
            self.ask("DELETE", f"sessions/{session['id']}")

    def socket_address(self, kernel):
        return f"{self._url.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels?session_id={uuid4().hex}"

    def started(self):
        """Return the living processes that were started by the server, or by what it started."""
        return [process for process in marked(self.mark) if process.pid != self.process.pid]

    def figures(self, pid):
        """Return the `Figures` of one of its processes once they have settled."""
        before, due = None, time.monotonic() + SETTLED
        while (now := self._look(pid))[1:] != before and time.monotonic() < due:
            before = now[1:]
            time.sleep(0.3)
        return now

    def _look(self, pid):
        process, started = psutil.Process(pid), self.started()
        new = held(leftovers.names() - self.before, [process, *started])
        semaphores = {name for name in new if name.startswith("sem.")}
        with process.oneshot():
            files = process.num_handles() if os.name == "nt" else process.num_fds() - fonts(process)
            memory, threads = process.memory_info().rss, process.num_threads()
        return Figures(memory, len(started), threads, files, len(new - semaphores), len(semaphores))


def fonts(process):
    """Return how many font files a process has open.

    Matplotlib keeps the last 64 fonts that were used open. In each thread that draws, it opens them anew.
    """
    return sum(Path(file.path).suffix == ".ttf" for file in process.open_files())


def marked(mark):
    """Return the living processes that have the mark in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and lives(process):
                found.append(process)
        except psutil.Error:  # it has ended, or belongs to another user
            pass
    return found


def held(names, processes):
    """Return which names in shared memory these processes use, or no living process does."""
    if not names:
        return set()
    used = set(leftovers.inodes_in_use(process.pid for process in processes))
    return leftovers.unused(names) | {name for name in names if leftovers.inode(leftovers.FOLDER / name) in used}


@contextmanager
def serving():
    """Give a `Server` of a copy of the course. At the end of the block it is shut down."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        served, home, mark = Path(place, "served"), Path(place, "home"), secrets.token_hex(8)
        course.copy(served / "notebooks")
        environment = course.environment(home / "ipython", course.NO_PROGRESS_BARS + SHORTER)
        environment |= {MARK: mark, "JUPYTER_RUNTIME_DIR": str(home), "JUPYTER_CONFIG_PATH": str(ROOT / "jupyter")}
        with Path(place, "log").open("w+") as log:
            command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", f"--ServerApp.root_dir={served}"]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            try:
                yield Server(process, served, mark, *address(home, process))
            finally:
                process.terminate()
                process.wait(LIMIT)


def address(home, process):
    """Return a server's address and token, once it has written them down."""
    due = time.monotonic() + LIMIT
    while time.monotonic() < due and process.poll() is None:
        for path in home.glob("jpserver-*.json"):
            try:
                told = json.loads(path.read_text())
            except ValueError:  # it is just being written
                continue
            return told["url"], told["token"]
        time.sleep(0.1)
    raise Stuck("The server did not start.")


class Kernel:
    """A kernel of a `Server`, and the socket to it."""

    def __init__(self, server, name):
        self._server, self._name = server, name
        self._connect()

    def _connect(self):
        header = [f"Authorization: token {self._server.token}"]
        self._socket = websocket.create_connection(self._server.socket_address(self._name), LIMIT, header=header)
        self.pid = int(self.run("import os; print(os.getpid())")[0])

    def close(self):
        self._socket.close()

    def restart(self):
        self.close()
        self._server.ask("POST", f"kernels/{self._name}/restart")
        self._connect()

    def interrupt(self):
        self._server.ask("POST", f"kernels/{self._name}/interrupt")

    def send(self, kind, **content):
        """Send a message, and return its id."""
        header = {"msg_id": uuid4().hex, "msg_type": kind, "session": "soak", "username": "", "version": "5.3"}
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._socket.send(json.dumps(message))
        return header["msg_id"]

    def messages(self, until):
        """Yield the messages that come. Raises `Stuck` if the time is up, which `until` says."""
        while time.monotonic() < until:
            try:
                frame = self._socket.recv()
            except websocket.WebSocketTimeoutException:
                break
            yield json.loads(frame) if isinstance(frame, str) else deserialize_binary_message(frame)
        raise Stuck(f"The kernel has not answered for {LIMIT} s.")

    def run(self, code):
        """Run a cell. Return what it printed, and the name of the error that it ended with, or None."""
        asked = self.send("execute_request", code=code, silent=False, store_history=True, allow_stdin=False)
        printed, error, left = "", None, {"execute_reply", "idle"}
        for message in self.messages(time.monotonic() + LIMIT):
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != asked:
                continue
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            if kind == "execute_reply" and content["status"] == "error":
                error = content["ename"]
            left -= {kind, content.get("execution_state")}
            if not left:
                return printed, error


# --- The notebooks ---


def soak_notebook(server, path, rounds, note):
    """Restart a notebook's kernel and run all its cells, as often as asked. Return how many cells failed."""
    failed = 0
    cells = course.cells(path, "code")
    with server.session(f"notebooks/{path.name}") as kernel:
        for number in range(rounds):
            if number:
                kernel.restart()
            began = time.monotonic()
            for cell in cells:
                _, error = kernel.run(cell.source)
                failed += bool(error) and "raises-exception" not in cell.metadata.get("tags", [])
            took = time.monotonic() - began
            say(f"{path.stem}: {number + 1} of {rounds}, {took:.0f} s, {note(kernel)}")
    return failed


# --- The panel ---


class SoakedPanel:
    """A panel in a kernel, used by the messages that a browser sends and gets."""

    def __init__(self, kernel):
        self.kernel, self.state, self._sent = kernel, {}, 0
        kernel.run(PANEL)
        self._comm = kernel.run("print(panel.model_id)")[0].strip()
        self._send({"method": "request_state"})
        self.wait(lambda state: "form" in state)

    def _send(self, data):
        self.kernel.send("comm_msg", comm_id=self._comm, data=data)

    def press(self, what, settings=None, **more):
        """Press a button. As in the browser, each message carries the values of all controls."""
        self._sent += 1
        content = {"do": what, "number": self._sent, "settings": settings or {}, **more}
        self._send({"method": "custom", "content": content})

    def wait(self, condition):
        """Wait until the panel's state is as the function `condition` of the state says."""
        messages = self.kernel.messages(time.monotonic() + LIMIT)
        while not condition(self.state):
            message = next(messages)
            if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == self._comm:
                news = message["content"]["data"].get("state", {})
                if news.get("running") is False:
                    self.state.pop("status", None)  # how it ended comes last
                self.state |= news

    def run(self, chance):
        """Run with random settings to the end, or cancel or interrupt it. Return how what it then says begins."""
        what = chance.choice(ENDINGS)
        settings = {control["name"]: any_of(control, chance) for control in self.state["form"]["controls"]}
        self.state["running"] = None  # no message has told yet
        if what == "measure":
            self.press("measure", settings, expected={str(size): 1.5 for size in self.state["sizes"]})
        else:
            self.press("run", settings)
        self.wait(lambda state: state["running"] is not None or state["form"]["number"] == self._sent)
        if what in ("cancel", "interrupt"):
            time.sleep(chance.uniform(0, LONGEST_LOOK))
            if what == "cancel":
                self.press("cancel")
            else:
                self.kernel.interrupt()
        self.wait(lambda state: state["running"] is False and "status" in state)
        return re.split("[:.,]", self.state["status"])[0]


def any_of(control, chance):
    """Return a random value that a control offers. Of tasks and their sizes, it is a small one."""
    options = control["options"]
    if control["kind"] == "choice":
        return chance.choice(options)[0]
    if control["kind"] == "range":
        return chance.randint(*options)
    return chance.choice(options[: len(options) // 2 + 1]) if options else control["value"]


def soak_panel(server, runs, seed, note):
    """Use a panel that many times. Return what it said at their ends: text → how often."""
    chance, ends = random.Random(seed), Counter()
    with server.session("notebooks/soaked.ipynb") as kernel:
        panel = SoakedPanel(kernel)
        for number in range(runs):
            ends[panel.run(chance)] += 1
            kernel.run("import gc; gc.collect();")
            now = note(kernel)
            if (number + 1) % 20 == 0:
                say(f"panel: {number + 1} of {runs}, {now}")
    return ends


# --- What it says ---


def columns(noted):
    """Return what was noted of each kind, run by run: of memory each figure, of all else the `fewest`."""
    memory, *counts = zip(*noted)
    return [memory, *map(fewest, counts)]


def fewest(values):
    """Return for each run the fewest of the last few.

    For ten seconds, ipykernel keeps the sockets of threads that have ended, such as those of a panel's runs. So the
    number of open files wavers.
    """
    few = max(1, len(values) // FEW)
    return [min(values[max(0, end - few) : end]) for end in range(1, len(values) + 1)]


def slope(values):
    """Return how much the last half of the values grows per run: the median of the slopes between any two of them."""
    last = last_half(values)
    slopes = [(later - sooner) / (after - before) for (before, sooner), (after, later) in combinations(last, 2)]
    return median(slopes) if slopes else 0.0


def last_half(values):
    """Return the last half of the values with their places, but at least two if there are two."""
    return list(enumerate(values))[min(len(values) // 2, max(0, len(values) - 2)) :]


def growing(noted):
    """Return the names of what grows in a list of `Figures`.

    It grows over the last half of the runs, and then it is never as low as it was before: in ten runs, a figure that
    wavers may well be high in the last few.
    """
    found = []
    for what, values in zip(HEADER, columns(noted)):
        most = PERCENT / 100 * median(values) if what == HEADER[0] else COUNT
        later = [value for _, value in last_half(values)]
        before = values[: -len(later)]
        if slope(values) * (len(later) - 1) > most and min(later) > min(before, default=-1):
            found.append(what.split(",")[0])
    return found


def row(what, noted):
    """Return a row of the table: the last figures, their slopes per run, and the verdict."""
    cells = [what, str(len(noted))]
    for place, values in enumerate(columns(noted)):
        unit, digits = (1e6, 1) if place == 0 else (1, 0)
        cells.append(f"{values[-1] / unit:.{digits}f} ({slope(values) / unit:+.3f})")
    return [*cells, f"GROWS: {', '.join(grown)}" if (grown := growing(noted)) else "flat"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def soak(paths, wanted):
    """Soak the notebooks at these paths and the panel. Return the rows of the table, and sentences to follow it."""
    rows, remarks, of_server = [], [], []
    with serving() as server:

        def noted(job, *args):
            """Do a job that notes something after each run. Return what it returned, and its kernel's `Figures`."""
            of_kernel = []

            def note(kernel):
                of_kernel.append(server.figures(kernel.pid))
                of_server.append(server.figures(server.process.pid))
                return of_kernel[-1]

            return job(server, *args, note), of_kernel

        for path in paths if wanted.rounds else []:
            failed, figures = noted(soak_notebook, path, wanted.rounds)
            rows.append(row(path.stem, figures))
            say(" | ".join(rows[-1]))
            if failed:
                remarks.append(f"{counted(failed, 'cell')} of {path.stem} failed.")
        if wanted.panel:
            ends, figures = noted(soak_panel, wanted.panel, wanted.seed)
            rows.append(row("a panel", figures))
            often = ", ".join(f"{number} × “{end}”" for end, number in ends.most_common())
            remarks.append(f"What the panel said at the end of its runs: {often}.")
        rows.append(row("the server", of_server))
    left = [" ".join(process.cmdline()) for process in wait_for_end(marked(server.mark), SETTLED)]
    left += leftovers.unused(leftovers.names() - server.before)
    remarks.append(f"LEFT at the end: {', '.join(left)}." if left else "Nothing was left at the end.")
    return rows, remarks


def main(arguments):
    """Soak what the command line names. Exits with 1 if anything grows or is left."""
    parser = argparse.ArgumentParser(
        prog="make soak", usage='make soak ARGS="[ROUNDS [NAME ...]] [--panel RUNS] [--seed SEED]"', description=__doc__
    )
    parser.add_argument("rounds", nargs="?", type=int, default=10, help="how often each notebook runs (default: 10)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="how a notebook's name begins, such as 07")
    parser.add_argument("--panel", type=int, default=200, metavar="RUNS", help="how often a panel runs (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="of the panel's random settings (default: 1)")
    wanted = parser.parse_args(arguments)
    try:
        paths = course.named(wanted.names)
    except ValueError as error:
        parser.error(str(error))
    rows, remarks = soak(paths, wanted)
    text = markdown_table(["what", "runs", *HEADER, "verdict"], rows)
    text = (
        "\n\n".join(
            [
                TITLE.format(
                    command=f'make soak ARGS="{" ".join(arguments)}"' if arguments else "make soak",
                    percent=PERCENT,
                    count=COUNT,
                ),
                text,
                *remarks,
                machine(),
            ]
        )
        + "\n"
    )
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(text, encoding="utf-8")
    print(text)
    if "GROWS" in text or "LEFT" in text:
        sys.exit(1)


def machine():
    """Say on what machine it ran."""
    return f"Python {platform.python_version()} on {platform.system()}, {counted(usable_cores(), 'usable core')}."


if __name__ == "__main__":
    main(sys.argv[1:])
