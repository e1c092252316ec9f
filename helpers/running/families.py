"""End processes together with everything that they started. Process trees are ended here and nowhere else.

Python's resource trackers are spared. A tracker removes the semaphores and the shared memory that a script left
behind, as soon as all other processes that use them have ended. Then it ends by itself. If it is killed, they stay for
good.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from multiprocessing import Pipe
from pathlib import Path

import psutil

from helpers.running.inside import signal_at_end_of

SHARED_MEMORY = Path("/dev/shm")  # only Linux shows as files what is in shared memory
TIDY_LIMIT = 10.0  # seconds for killed processes to end and resource trackers to clean up: usually they need far less
LOOK_EVERY = 0.005  # seconds
BE_SUBREAPER = 36  # from <sys/prctl.h>
TRACKER = re.compile(r"from \S+\.resource_tracker import main")  # its command line: multiprocessing's, and loky's

# arguments of Popen for a script whose processes `end_group` must find even after their parent has ended
OWN_GROUP = (
    {"start_new_session": True} if os.name == "posix" else {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
)


def start_group(command, **options):
    """Start a script in a group of its own, and return its Popen. Give that to `end_group`.

    On Linux the group is sent SIGTERM if this process is killed before. Resource trackers ignore it, and tidy up.

    options  what else Popen takes
    """
    if sys.platform != "linux":
        return subprocess.Popen(command, **options, **OWN_GROUP)
    reader, writer = Pipe(duplex=False)
    with reader:
        script = subprocess.Popen(command, pass_fds=[reader.fileno()], **options, **OWN_GROUP)
        signal_at_end_of(reader.fileno(), -script.pid, signal.SIGTERM)
    script.kept_open = writer  # it closes when the Popen is forgotten, or this process ends
    return script


def lives(process):
    """Return whether a psutil process is still running. A zombie is not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_end(processes, seconds):
    """Wait until all psutil processes have ended, or until the time is up. Return those still running."""
    deadline = time.monotonic() + seconds
    while (left := [process for process in processes if lives(process)]) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
    return left


def descendants(pid):
    """Return the psutil processes below the process with this PID, or none if it has ended."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def group(pid):
    """Return the psutil processes of a script started with OWN_GROUP that are still running, itself included.

    On Windows it can't find those whose parent has ended.
    """
    own = {process.pid: process for process in psutil_processes({pid, *in_session(pid)})}
    tops = [process for process in own.values() if parent_of(process) not in own]  # all others are below these
    return set(filter(lives, [*own.values(), *(process for top in tops for process in descendants(top.pid))]))


def end_below(pid):
    """Kill all processes below the one with this PID, which is itself suspended first and stays suspended.

    Resource trackers below it end by themselves once that process has been ended too.
    """
    top = set(psutil_processes([pid]))
    kill(hold_still(lambda: {*top, *descendants(pid)}) - top)


def end_group(script):
    """End a script and everything that it started, and wait until they have ended.

    script  a Popen that was given OWN_GROUP, as that of `start_group`
    """
    if os.name == "posix":
        stop_at_once(script.pid)
    killed = hold_still(lambda: group(script.pid))
    mapped = mapped_by(killed)
    kill(killed)
    script.wait()
    trackers = group(script.pid) - killed
    for tracker in trackers:
        try_to(tracker.resume)
    left = wait_for_end(killed | trackers, TIDY_LIMIT)
    kill(left)
    wait_for_end(left, TIDY_LIMIT)
    remove(mapped)


def end_groups(leaders):
    """Kill all processes in process groups of this session, and wait until they have ended. Windows has no such groups.

    leaders  the PIDs of the leaders, which may have ended
    """
    if os.name != "posix":
        return

    def members():
        return set(psutil_processes(pid for pid in in_session(os.getsid(0)) if group_of(pid) in leaders))

    killed = hold_still(members)
    kill(killed)
    wait_for_end(killed, TIDY_LIMIT)


def adopt_orphans():
    """Let those below this process whose parent ends become its children, so that they can be found. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BE_SUBREAPER, 1, 0, 0, 0)


def end_descendants(but=frozenset()):
    """End everything below this process, and wait until it has ended.

    but  children, as psutil processes, that stay, and all that is below them
    """
    kept = {kept for child in but for kept in (child, *descendants(child.pid))}

    def others():
        return set(descendants(os.getpid())) - kept

    kill(hold_still(others))
    left = wait_for_end(others(), TIDY_LIMIT)  # trackers
    kill(left)
    wait_for_end(left, TIDY_LIMIT)


def own_pid(pid):
    """Return the PID by which a process knows itself: another one than here if it has a world of its own (Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:  # it has ended, or this is not Linux
        return pid
    pids = [line.split() for line in status.splitlines() if line.startswith("NSpid:")]
    return int(pids[0][-1]) if pids else pid


def mapped_by(processes):
    """Return the numbers of the files in shared memory that are mapped into the memory of these psutil processes.

    A process may have a shared memory of its own, as in a container, whose files have the same numbers.
    """
    numbers = set()
    device = device_of(SHARED_MEMORY)
    for process in processes:
        try:
            lines = Path(f"/proc/{process.pid}/maps").read_text(errors="replace").splitlines()
        except OSError:  # it has ended, or this is not Linux
            continue
        found = [line.split() for line in lines if f" {SHARED_MEMORY}/" in line]
        numbers |= {int(number) for _, _, _, its_device, number, *_ in found if its_device == device}
    return numbers


def device_of(folder):
    """Return the device that a folder lies on, as the maps of a process name it, or None if there is no such folder."""
    try:
        device = folder.stat().st_dev
    except OSError:
        return None
    return f"{os.major(device):02x}:{os.minor(device):02x}"


def remove(mapped):
    """Remove multiprocessing's files with these numbers from shared memory.

    A process that is killed right after it made a semaphore has not told its resource tracker yet.
    """
    for kind in ("sem.mp-*", "psm_*"):
        for path in SHARED_MEMORY.glob(kind):
            try:
                if path.stat().st_ino in mapped:
                    path.unlink()
            except FileNotFoundError:  # a tracker was quicker
                pass


def stop_at_once(leader):
    """Suspend all processes in a leader's group at the same moment, so that none has time to start more."""
    try:
        os.killpg(leader, signal.SIGSTOP)
    except (ProcessLookupError, PermissionError):  # all have ended, which macOS calls "not permitted"
        pass


def hold_still(find):
    """Suspend all processes that `find()` returns, until it returns no new ones. Then none of them can start another.

    Returns them as a set. Resource trackers, which start nothing, are left alone.
    """
    stopped = set()
    while new := {process for process in find() - stopped if not is_tracker(process)}:
        for process in new:
            try_to(process.suspend)
        stopped |= new
    return stopped


def kill(processes):
    """Kill the psutil processes."""
    for process in processes:
        try_to(process.kill)


def try_to(act):
    """Call a method of a psutil process that may have ended by now, or may belong to another user."""
    try:
        act()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        pass


def is_tracker(process):
    """Return whether a psutil process is a resource tracker, of multiprocessing or of loky."""
    try:
        return any(map(TRACKER.match, process.cmdline()))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def psutil_processes(pids):
    """Yield the psutil process of each PID that still has one."""
    for pid in pids:
        try:
            yield psutil.Process(pid)
        except psutil.NoSuchProcess:
            pass


def parent_of(process):
    """Return the PID of a process's parent, or None if the process has ended."""
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def in_session(leader):
    """Return the PIDs of the processes in the session of a leader. On Windows there are none."""
    return [pid for pid in psutil.pids() if session_of(pid) == leader] if os.name == "posix" else []


def group_of(pid):
    """Return the ID of a process's group, or None if that can't be found out."""
    try:
        return os.getpgid(pid)
    except OSError:  # it has ended, or belongs to another user
        return None


def session_of(pid):
    """Return the ID of a process's session, or None if that can't be found out."""
    try:
        return os.getsid(pid)
    except OSError:  # it has ended, or belongs to another user
        return None
