"""The course in JupyterLab, and a browser to see it as a learner does."""

import copyreg
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import course
import leftovers
import nbformat
import psutil
import pytest
from playwright.sync_api import expect, sync_playwright

from helpers.machine import usable_cores

ROOT = Path(__file__).parent.parent

expect.set_options(timeout=30_000)

# a shell that starts the tests in the background ignores SIGINT, and so would all scripts that they run
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers():
    """Return how many tests run at a time: twice as many as there are cores, since some wait."""
    return 2 * usable_cores()


def pytest_xdist_make_scheduler(config, log):
    """Let the tests that take longest run beside short ones: those with JupyterLab in one lane, notebooks in two."""
    from xdist.scheduler import LoadScopeScheduling  # here: the plugin may be off

    class Lanes(LoadScopeScheduling):
        """Hand out the longest lanes first, to a process of pytest-xdist each. A test that is in none is its own."""

        def _split_scope(self, nodeid):
            return lane_of(nodeid)

    return Lanes(config, log)


def lane_of(nodeid):
    """Return what a test has in common with those that run in the same process, one after the other."""
    if "_lab.py" in nodeid or "test_jupyterlab_" in nodeid:
        return "JupyterLab"  # so there's one server for all
    if notebook := re.search(r"test_notebooks_run\.py::.*\[(\d\d)-", nodeid):
        return f"notebooks {int(notebook[1]) % 2}"
    return nodeid


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="run also what is like other tests, and takes long")
    parser.addoption("--times", type=int, default=1, help="run each test so many times: does it hold under load?")
    parser.addoption("--other-python", metavar="PATH", help="one with the course's packages: every second notebook's")


def pytest_collection_modifyitems(config, items):
    """Leave out what is marked as thorough."""
    if not config.option.thorough:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def pytest_generate_tests(metafunc):
    """Repeat each test as often as asked."""
    if (times := metafunc.config.option.times) > 1:
        metafunc.fixturenames.append("time_of_many")
        metafunc.parametrize("time_of_many", range(1, times + 1))


# --- All tests together leave nothing in shared memory ---

PATIENCE = 10  # seconds for Python's resource trackers, which clean up after processes that have ended
BEFORE, LEFT = pytest.StashKey(), pytest.StashKey()


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):  # xdist's workers are part of the session of their controller
        session.config.stash[BEFORE] = leftovers.names()


# Begins last and continues first: by then all tests have ended, and the summary is still to come.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session):
    result = yield
    if BEFORE in session.config.stash:
        left = session.config.stash[LEFT] = left_since(session.config.stash[BEFORE])
        if left and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


def left_since(before):
    """Return the names of what is new in shared memory and used by no living process, even after a while."""
    due = time.monotonic() + PATIENCE
    while (left := leftovers.unused(leftovers.names() - before)) and time.monotonic() < due:
        time.sleep(0.2)
    return left


def pytest_terminal_summary(terminalreporter, config):
    if left := config.stash.get(LEFT, None):
        terminalreporter.section("left in shared memory", red=True)
        terminalreporter.line(f"New in {leftovers.FOLDER}, and used by no living process: {', '.join(sorted(left))}.")
        terminalreporter.line("To find the test that left it, run fewer. (It may also be another program's.)")


# --- What several tests need ---


def missing(what):
    """Skip the test because `what` is missing, except in CI, which must run everything."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@pytest.fixture(autouse=True)
def errors_are_pickled_as_python_does_it():
    """Undo what an import of Dask does in this process: errors can be unpickled that Python itself can't unpickle."""
    for kind, reduce in list(copyreg.dispatch_table.items()):
        if getattr(reduce, "__module__", "").startswith("tblib."):
            del copyreg.dispatch_table[kind]


@pytest.fixture(autouse=True)
def no_process_left():
    """Fail a test that leaves a process running, and end that: no other test shall find it."""
    before = set(multiprocessing.active_children())
    yield
    left = set(multiprocessing.active_children()) - before
    for process in left:
        process.kill()
        process.join()
    assert not left


@pytest.fixture(autouse=True)
def ordinary_core():
    """Let panels take this computer for an ordinary core, so that they offer the same sizes on each machine.

    It doesn't ask for the fixture `monkeypatch`: made before all others, that would undo a test's own patches too late.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.panels.workloads.pace", lambda: 1)
        yield


# the kernels of tests measure each thing once, and a panel's tasks are short
SHORTER = """\
import helpers.measure
import helpers.panels.workloads

helpers.measure.MOST_ROUNDS, helpers.panels.workloads.SHARE = 1, 0.2
helpers.panels.workloads.pace = lambda: 1  # the same sizes on each machine
del helpers
"""


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """`make lab` for a learner without a screen whose own Jupyter listens on all interfaces. It serves a course copy.

    Has `address` (as printed), `url`, `token`, `home`, `served` (the folder), and `processes()`: all that it started.
    """
    if not shutil.which("make"):
        missing("make is missing: install make")
    home, served = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("served")
    course.copy(served / "notebooks")
    (home / "browser").write_text('#!/bin/sh\ntouch "$0-opened"\n')
    (home / "browser").chmod(0o755)
    (home / ".jupyter").mkdir()
    (home / ".jupyter/jupyter_server_config.json").write_text(json.dumps({"ServerApp": {"ip": "0.0.0.0"}}))

    course.environment(home / ".ipython", SHORTER)
    ours = re.compile("MAKE|MFLAGS|JUPYTER|IPYTHON|DISPLAY|WAYLAND_DISPLAY")
    env = {name: value for name, value in os.environ.items() if not ours.match(name)}
    env |= {"HOME": str(home), "BROWSER": str(home / "browser")}
    make = subprocess.Popen(
        [
            "make",
            "--old-file=.venv/ready",  # the environment that runs the tests is the one to try
            "lab",
            f"BIN={os.path.relpath(Path(sys.executable).parent, ROOT)}",
            f"ARGS=--port=0 --ServerApp.root_dir={served} --LabApp.workspaces_dir={served / 'workspaces'}",
        ],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )

    def processes():
        return psutil.Process(make.pid).children(recursive=True)

    try:
        said = []
        for line in make.stdout:
            said.append(line)
            if printed := re.search(r"(http://\S+)/lab\S*\?token=(\w+)", line):
                break
        else:
            pytest.fail("make lab ended:\n" + "".join(said))
        # A full pipe would stop the server.
        threading.Thread(target=make.stdout.read, daemon=True).start()
        address, url, token = printed[0], printed[1], printed[2]
        yield SimpleNamespace(address=address, url=url, token=token, home=home, served=served, processes=processes)
    finally:
        started = processes()
        for process in started:
            process.terminate()
        _, left = psutil.wait_procs(started, timeout=10)
        for process in left:
            process.kill()
        make.wait()


BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "chrome",
    "Google Chrome",
)  # on Linux, Windows, macOS


# Not for the session: Playwright leaves an event loop running, which later tests with asyncio.run() would trip over.
@pytest.fixture(scope="module")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        missing("no Chromium: install chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def profile(browser):
    """A profile for all tabs of a module's tests: JupyterLab's code is read and compiled only once."""
    with browser.new_context(viewport={"width": 1200, "height": 1600}) as profile:
        yield profile


@pytest.fixture
def page(profile):
    """A new tab. `page.asked` holds its requests, and `page.errors` what went wrong.

    At the end, anything that went wrong fails the test, and so do requests to other machines.
    """
    page = profile.new_page()
    page.asked, page.errors = [], []
    errors = page.errors
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("websocket", lambda socket: page.asked.append(socket.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(f"{message.text} {message.location}"))
    yield page
    page.close()
    assert not errors
    assert {urlsplit(url).hostname for url in page.asked} <= {"127.0.0.1", None}  # None: data and blob addresses


def wait_for_kernel(page):
    # The toolbar's indicator says idle before there is a kernel; the status bar doesn't.
    page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)


def write_notebook(lab, name, cells):
    """Write a notebook of these cells, for Python, to the folder that JupyterLab shows. Return its path."""
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    path = lab.served / "notebooks" / name
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def deliver(lab, name):
    """Put a notebook of the course back in place: in an earlier test, JupyterLab may have saved it with its outputs."""
    if (course.FOLDER / name).exists():
        shutil.copy(course.FOLDER / name, lab.served / "notebooks")


def open_notebook(page, lab, name):
    """Show this notebook and no tab of an earlier test, and wait until its cells can run."""
    deliver(lab, name)
    page.goto(f"{lab.url}/lab/tree/notebooks/{name}?reset&token={lab.token}")
    wait_for_kernel(page)
