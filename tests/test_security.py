"""Nothing is open to other machines or other users, and what learners write is never taken for something else."""

import ast
import http.client
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import listening
import nbformat
import psutil
import pytest
import troublemakers
from conftest import ROOT, missing
from lanes import Lane, add_cells, run

from helpers.machine import start_methods
from helpers.pages import page_server
from helpers.running.hosted import Hosted
from helpers.running.log import Log
from helpers.runs import run_logged
from helpers.scripts import capture_script

TIME_LIMIT = 60  # seconds
HOUSE = sorted((ROOT / "helpers").rglob("*.py"))
ELSEWHERE = "elsewhere.example"

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such names, and no such sockets")


# --- What listens ---

LISTEN_IN_A_CHILD = """\
import kernel_under_test, subprocess, sys, time
program = "import socket, sys; server = socket.create_server(('', 0)); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
give_up = time.monotonic() + 60
while not kernel_under_test.open_to_others and time.monotonic() < give_up:
    time.sleep(0.05)
child.communicate()
"""
LISTEN_ON_LOOPBACK = """\
import socket
servers = [socket.create_server(("127.0.0.1", 0))]
if socket.has_ipv6:
    try:
        servers.append(socket.create_server(("::1", 0), family=socket.AF_INET6))
    except OSError:  # this machine has no such address
        pass
"""


@pytest.mark.skipif(not listening.TABLES[0].exists(), reason="here sockets are looked at after each cell only")
def test_a_cell_that_listens_beyond_loopback_is_reported(tmp_path):
    """Each notebook runs under this watch: see test_notebooks_run. It is no matter that the cell ends what it began."""
    notebook = tmp_path / "notebooks" / "listening.ipynb"
    notebook.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), notebook)
    add_cells(notebook, LISTEN_ON_LOOPBACK, LISTEN_IN_A_CHILD)
    tried = run(notebook, Lane(sys.executable, "spawn"), tmp_path)
    assert not tried.failed and len(tried.left) == 1, tried
    assert re.match(r"\['listened at (0\.0\.0\.0|::):\d+'\] after 'import kernel_under_test", tried.left[0])


@pytest.mark.parametrize(
    ("address", "only_here"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("::ffff:127.0.0.1", True)]
    + [("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("::ffff:10.0.0.1", False)],
)
def test_which_addresses_are_loopback(address, only_here):
    assert listening.is_loopback(address) == only_here


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_quick_look_and_a_close_look_find_the_same(address):
    before = listening.any_beyond_loopback()
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        found = listening.beyond_loopback([psutil.Process()])
        if listening.TABLES[0].exists():
            number = re.search(r"\d+", str(Path(f"/proc/self/fd/{server.fileno()}").readlink()))[0]
            assert (number in listening.any_beyond_loopback() - before) == (address == "0.0.0.0")
        assert (f"0.0.0.0:{port}" in found) == (address == "0.0.0.0")


WAYS = [("pool", method) for method in start_methods()] + [("joblib", None), ("asyncio", None)]


@posix
@pytest.mark.parametrize(("how", "start_method"), WAYS)
def test_nobody_else_can_connect_to_the_processes_of_a_panel_s_run(how, start_method, tmp_path):
    """They have pipes, and a fork server a socket of its own: a file that only this user can reach."""
    (tmp_path / "wait").touch()
    log = Log(2, 2)
    items = [(str(tmp_path), task) for task in range(2)]
    before = set(psutil.Process().children(recursive=True))  # such as JupyterLab, for other tests
    with Hosted(run_logged, troublemakers.obey, items, log, how, 1, start_method, log=log) as hosted:
        give_up = time.monotonic() + TIME_LIMIT
        while not all(log.start):
            assert time.monotonic() < give_up
            time.sleep(0.01)
        family = set(psutil.Process().children(recursive=True)) - before
        sockets = [socket for process in family for socket in sockets_of(process)]
        assert not [found for found in sockets if found.family != socket.AF_UNIX]
        paths = {found.laddr for found in sockets if found.laddr}
        assert all(is_private(Path(path).parent) for path in paths), paths
        assert paths or start_method != "forkserver"
        (tmp_path / "wait").unlink()
        assert hosted.result() == [0, 1]


def sockets_of(process):
    try:
        return process.net_connections("all")
    except psutil.Error:  # it has ended
        return []


def is_private(folder):
    """Return whether only this user can reach what is in the folder."""
    return not stat.S_IMODE(folder.stat().st_mode) & 0o077


# --- What asks whom ---


def answer_to(url, path, **headers):
    """Return the status and the cookie of the answer to a request with these headers."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIME_LIMIT)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
        return answer.status, "; ".join(cookies)
    finally:
        connection.close()


ASKS_FOR_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def test_jupyterlab_answers_nobody_from_elsewhere(lab):
    """Neither a web site whose name leads to this machine, nor one that asks with the cookie of a learner's browser."""
    token = {"Authorization": f"token {lab.token}"}
    assert answer_to(lab.url, "/api/status", **token)[0] == 200
    assert answer_to(lab.url, "/api/status", **token, Host=ELSEWHERE)[0] == 403

    events = "/api/events/subscribe"
    assert answer_to(lab.url, events, **ASKS_FOR_SOCKET, Origin=lab.url)[0] == 403
    _, cookie = answer_to(lab.url, f"/lab?token={lab.token}")
    assert answer_to(lab.url, events, **ASKS_FOR_SOCKET, Cookie=cookie, Origin=lab.url)[0] == 101
    assert answer_to(lab.url, events, **ASKS_FOR_SOCKET, Cookie=cookie, Origin=f"http://{ELSEWHERE}")[0] == 403


def test_the_page_server_answers_nobody_from_elsewhere():
    with page_server(latency=0) as address:
        assert answer_to(address, "/1")[0] == 200
        assert answer_to(address, "/1", Host=ELSEWHERE)[0] == 403


def test_a_page_never_holds_a_program_that_was_asked_for():
    with page_server(latency=0) as address, socket.create_connection(urlsplit(address).netloc.split(":")) as asking:
        asking.sendall(f"GET /<script> HTTP/1.0\r\nHost: {urlsplit(address).netloc}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: asking.recv(4096), b"")).decode()
    assert "text/html; charset=utf-8" in answer and "<script>" not in answer and "/&lt;script&gt;" in answer


# --- What learners write ---

SHELLS = re.compile(r"os\.(system|popen)|subprocess\.get(status)?output|\w+\.create_subprocess_shell|pty\.spawn")


@cache
def calls_in(source):
    """Return the calls in Python code: of each, the function as it is written, and the `ast.Call`."""
    return [(ast.unparse(node.func), node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def shells_in(source):
    """Return the calls in Python code that start a shell."""
    return [
        ast.unparse(call)
        for name, call in calls_in(source)
        if SHELLS.fullmatch(name)
        or any(keyword.arg == "shell" and ast.unparse(keyword.value) != "False" for keyword in call.keywords)
    ]


def test_no_shell_is_started():
    assert {path.name: found for path in HOUSE if (found := shells_in(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "call", ["subprocess.run('ls', shell=True)", "Popen(command, shell=wanted)", "os.system('ls')", "os.popen(name)"]
)
def test_a_shell_would_be_found(call):
    assert shells_in(f"import os, subprocess\n\ndef hidden():\n    return {call}") == [call]


NAMES = [
    "a b",
    "it's",
    'say "hi"',
    "x; touch owned",
    "$(touch owned)",
    "`touch owned`",
    "a & touch owned",
    "-c print(1)",
]


@posix
@pytest.mark.parametrize("name", NAMES)
def test_a_script_s_path_is_a_path_whatever_it_says(name, tmp_path):
    script = tmp_path / name / f"{name}.py"
    script.parent.mkdir()
    script.write_text("import sys; print(sys.argv[1:])")
    ran = capture_script(script, TIME_LIMIT, arguments=[name])
    assert (ran.output, ran.exit_code) == (f"{[name]}\n", 0)
    assert not list(tmp_path.rglob("owned"))


@posix
def test_the_folder_to_grade_is_a_path_whatever_it_says(tmp_path):
    if not shutil.which("make"):
        missing("make is missing: install make")
    folder = tmp_path / 'a "b"; touch owned; `touch owned` \'c'
    folder.mkdir()
    binaries = os.path.relpath(Path(sys.executable).parent, ROOT)
    make = ["make", "-C", ROOT, "--no-print-directory", "--old-file=.venv/ready", "grade", f"BIN={binaries}"]
    ran = subprocess.run([*make, f"FOLDER={folder}"], capture_output=True, text=True, timeout=TIME_LIMIT)
    assert f"There is nothing to check in {folder}: " in ran.stderr
    assert not (ROOT / "owned").exists()


# --- What is unpickled ---

# Unpickling can run any code. So each place has its reason why what comes there is of our own making.
UNPICKLES = {
    "panels/panel.py": "from the pipe to the process of a sweep, which it started",
    "running/hosted.py": "from the pipe to the process that it started",
    "running/inside.py": "an error of its own; and in an interpreter, the worker that this very process has packed",
    "running/log.py": "what this process or its parent has packed",
    "running/stepping.py": "from the pipe to its parent",
    "running/supervise.py": "from pipes to processes that it started",
    "steps/scheduler.py": "from pipes to processes that it started",
    "advice/looking.py": "what this very process has packed",
    "advice/travel.py": "what this very process has packed",
}
READS_PICKLES = re.compile(r"(pickle|marshal|ForkingPickler|cloudpickle)\.loads?|(pickle\.)?Unpickler|.*\.recv")
LETS_OTHERS_CONNECT = re.compile(r"(.*\.)?(Listener|\w*Manager)")


def that_call(functions):
    """Return the files of the house that call such functions, given as a pattern."""
    sources = {path.relative_to(ROOT / "helpers").as_posix(): path.read_text(encoding="utf-8") for path in HOUSE}
    return {name for name, source in sources.items() if any(functions.fullmatch(call) for call, _ in calls_in(source))}


def test_what_is_unpickled_comes_from_our_own_processes():
    assert that_call(READS_PICKLES) == set(UNPICKLES)


def test_no_process_can_be_connected_to():
    assert that_call(LETS_OTHERS_CONNECT) == set()
