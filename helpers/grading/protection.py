"""How learners' scripts are kept apart here: the best way that this system allows, and what it is seen to keep out.

`confine` does it. Whatever is said about it was tried, by a script that tries to get out.
"""

import json
import os
import shutil
import site
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from helpers.running.families import OWN_GROUP, end_group
from helpers.words import size_in_words

CONFINE = Path(__file__).with_name("confine.py")
HELPERS = Path(__file__).parent.parent
NAMESPACES = ["--mount", "--pid", "--ipc", "--net", "--uts", "--fork", "--kill-child"]
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/sys", "/nix/store"]
PROBE_LIMIT = 30.0  # seconds
SPARE_USERS = range(50_000, 60_000)  # a container knows users up to 65,535 only

MOST_FILES = 1024  # open at once, by a process: what most systems give a program
MOST_IN_FILE = 200_000_000  # bytes of a file
MOST_IN_FOLDER = 2**28  # bytes of all files in a folder that a script may write to, if it has a file system of its own
MOST_PROCESSES = 120  # and threads, of a script: a few more than a check lets live, but not enough to slow it down

# the variables that a script gets from the environment: none of the others, which may hold secrets
NEEDED = {"PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP"}


@dataclass(frozen=True)
class Protection:
    """A way to run learners' scripts.

    words         what to say about it
    launcher      the command before `confine`, or None if scripts are run without it
    new_root      whether they see a file system of their own
    another_user  whether they run as a user that nobody else is
    """

    words: str
    launcher: tuple[str, ...] | None = ()
    new_root: bool = False
    another_user: bool = False

    def command(self, place, number, memory, hidden):
        """Return the command, as a list, that runs a script in this way, but for the script itself.

        place   a folder of the script's own, which exists
        number  tells it apart from all others that run at the same time
        memory  bytes that each of its processes may have
        hidden  the folder of all hand-ins
        """
        if self.launcher is None:
            return [sys.executable]
        root = place / "root"
        if self.new_root:
            root.mkdir(exist_ok=True)
        settings = {
            "limits": limits(memory, self.another_user),
            "root": str(root) if self.new_root else None,
            "readable": readable(),
            "hidden": str(hidden.resolve()),
            "room": MOST_IN_FOLDER,
            "user": spare_user(number) if self.another_user else None,
        }
        return [*self.launcher, sys.executable, "-I", str(CONFINE), json.dumps(settings), sys.executable]


class Unprotected(Exception):
    """Nothing would keep learners' scripts from harm."""


NAMESPACES_AND_USER = Protection(
    "Each program runs with its own files, processes and network (Linux namespaces), as a user that nobody else is.",
    ("unshare", *NAMESPACES),
    new_root=True,
    another_user=True,
)
USER_NAMESPACES = Protection(
    "Each program runs with its own files, processes and network (Linux user namespaces).",
    ("unshare", "--user", "--map-root-user", *NAMESPACES),
    new_root=True,
)
USER = Protection("Each program runs as a user that nobody else is.", another_user=True)
LIMITS = Protection("Programs run as you.")
NOTHING = Protection("Programs run as you, without limits on memory, processes and open files.", None)


def ways():
    """Return the `Protection`s that this system may allow, the best one first."""
    if os.name != "posix":
        return [NOTHING]
    root, separate = os.geteuid() == 0, sys.platform == "linux" and shutil.which("unshare")
    found = [NAMESPACES_AND_USER if root else USER_NAMESPACES] if separate else []
    return [*found, USER if root else LIMITS]  # root could do anything, so nobody's program may run as root


def readable():
    """Return the paths that Python needs, without links in their names: nothing of anybody's home but that."""
    own = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, os.path.realpath(sys.executable)]
    own += [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    paths = [*SYSTEM, *own, *map(os.path.realpath, own), str(HELPERS)]
    return sorted({path for path in paths if os.path.lexists(path)})


def spare_user(number):
    """Return the number of a user that nobody is, another one for each `number`."""
    import pwd  # not above: Windows has none

    known = {user.pw_uid for user in pwd.getpwall()}
    free = [user for user in SPARE_USERS if user not in known]
    return free[(os.getpid() + number) % len(free)]


def limits(memory, alone):
    """Return the name of a resource → how much of it a process may have.

    memory  bytes
    alone   whether it is a user's only script: else the user's other processes count as well
    """
    others = 0 if alone else threads_of_user()
    return {
        "AS": memory,
        "NPROC": MOST_PROCESSES + others,
        "NOFILE": MOST_FILES,
        "FSIZE": MOST_IN_FILE,
        "CORE": 0,
    }


def threads_of_user():
    """Return how many threads this user has."""
    user, found = os.getuid(), 0
    for process in psutil.process_iter():
        try:
            if process.uids().real == user:
                found += process.num_threads()
        except psutil.Error:  # it has ended
            pass
    return found


def scripts_environment(home):
    """Return the environment for a check and its script: only what they need. `home` is a folder of their own."""
    needed = {name: value for name, value in os.environ.items() if name.upper() in NEEDED or name.startswith("LC_")}
    path = os.pathsep.join(filter(None, [str(HELPERS.parent), os.environ.get("PYTHONPATH")]))
    return {**needed, "PYTHONPATH": path, "HOME": str(home), "TMPDIR": str(home)}


# --- What is seen ---

# It runs in a folder of its own, beside that of another learner. It prints, as JSON, what it could do.
PROBE = """\
import json, os, resource, shutil, socket, sys

import multiprocessing, numpy, helpers.workers

hidden, other, grader = sys.argv[1:]

def works(act):
    try:
        act()
    except (OSError, ValueError):
        return False
    return True

def write(folder):
    path = os.path.join(folder, "written-by-a-probe")
    open(path, "x").close()
    os.remove(path)

def compute():
    with multiprocessing.Pool(2) as pool:
        assert pool.map(abs, [-1, 2]) == [1, 2]

def fork():
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)

def one_process_only():
    resource.setrlimit(resource.RLIMIT_NPROC, (1, resource.getrlimit(resource.RLIMIT_NPROC)[1]))
    return not works(fork)

compute()
print(json.dumps({
    "read": works(lambda: os.listdir(hidden)) and bool(os.listdir(hidden)),
    "change": works(lambda: write(hidden)) and os.listdir(hidden) != [],
    "other": works(lambda: os.listdir(other)) and bool(os.listdir(other)),
    "signal": works(lambda: os.kill(int(grader), 0)),
    "network": len(socket.if_nameindex()) > 1,
    "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
    "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "disk": shutil.disk_usage(".").total,
    "processes": one_process_only(),
}))
"""


def best(hand_ins, work, memory):
    """Return the best `Protection` that works here, and what it was seen to do, as sentences.

    hand_ins  the folder of all hand-ins
    work      an empty folder
    memory    bytes that each process may have

    Raises Unprotected if none of them works.
    """
    failed = []
    for way in ways():
        if way is NOTHING:
            return way, [way.words, "FILES ARE NOT PROTECTED HERE. Look at the programs before you run them."]
        seen, why = probe(way, hand_ins, work, memory)
        if seen:
            return way, [way.words, *in_words(seen, memory), *failed]
        failed.append(f"Not possible here: “{way.words}” ({why})")
    raise Unprotected("\n".join(["No program can be run here without danger.", *failed, "Try it as another user."]))


def probe(way, hand_ins, work, memory):
    """Return what a script could do that was run in this way, or None; and why it could not be run, or None."""
    other, place = work / "other", work / "probe"
    for folder in (other, place / "own"):
        folder.mkdir(parents=True, exist_ok=True)
    other.chmod(0o700)
    (other / "answer.py").touch()
    script = place / "own" / "probe.py"
    script.write_text(PROBE, encoding="utf-8")
    command = way.command(place, 0, memory, hand_ins)
    running = subprocess.Popen(
        [*command, script.name, str(hand_ins.resolve()), str(other), str(os.getpid())],
        cwd=script.parent,
        env=scripts_environment(place),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **OWN_GROUP,
    )
    try:
        said, complaint = running.communicate(timeout=PROBE_LIMIT)
        return json.loads(said), None
    except subprocess.TimeoutExpired:
        return None, f"it took longer than {PROBE_LIMIT:g} s"
    except ValueError:
        return None, (complaint.strip().splitlines() or ["it printed nothing"])[-1]
    finally:
        end_group(running)


def in_words(seen, memory):
    """Return what a probe has seen, as sentences."""
    open_to_all = [what for what, could in seen.items() if what in CAN and could]
    said = [f"A program that tried could{'' if what in open_to_all else ' not'} {CAN[what]}." for what in CAN]
    if {"read", "change", "other"} & {*open_to_all}:
        said.insert(0, "FILES ARE NOT PROTECTED HERE. Look at the programs before you run them, or use Linux.")
    return [*said, limits_in_words(seen, memory)]


CAN = {
    "read": "read the hand-ins",
    "change": "change the hand-ins",
    "other": "read the files of another program that is being checked",
    "signal": "end this program",
    "network": "use the network",
}


def limits_in_words(seen, memory):
    """Say which limits the system keeps for a script."""
    kept = []
    if 0 < seen["memory"] <= memory:
        kept.append(f"memory ({size_in_words(memory)} a process)")
    if seen["processes"]:
        kept.append(f"processes ({MOST_PROCESSES})")
    if 0 < seen["files"] <= MOST_FILES:
        kept.append(f"open files ({MOST_FILES} a process)")
    if seen["disk"] <= MOST_IN_FOLDER:
        kept.append(f"what it may write ({size_in_words(MOST_IN_FOLDER)} a folder)")
    return f"The system limits {', '.join(kept)}." if kept else "The system sets no limits."
