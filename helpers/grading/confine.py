"""Run a learner's script under limits and, where the system allows it, away from everybody else's files.

`python -I confine.py SETTINGS python script.py` runs as a program of its own. On Linux, `unshare` starts it in
namespaces: it has its own processes, files and network there, and none of them are anybody else's. It imports the
standard library only, and needs POSIX.
"""

import ctypes
import fcntl
import json
import os
import resource
import socket
import struct
import sys
from pathlib import Path

# from <sys/mount.h>
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC, REMOUNT, BIND, RECURSIVE = 1, 2, 4, 8, 32, 4096, 16384
KEPT = {os.ST_NOSUID: NO_SUID, os.ST_NODEV: NO_DEVICES, os.ST_NOEXEC: NO_EXEC} if sys.platform == "linux" else {}

NO_NEW_PRIVILEGES, DROP_CAPABILITY, NO_SUCH_CAPABILITY = 38, 24, 64  # from <sys/prctl.h>
BRING_UP, IS_UP = 0x8914, struct.pack("16sh", b"lo", 1)  # from <sys/ioctl.h> and <net/if.h>
MOST_NAMES = 100_000  # of files, in each folder that lies in memory
DEVICES = ["null", "zero", "full", "random", "urandom"]
LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}  # in /dev
FAILED = 125  # the exit code if the script could not be started, as that of `timeout`


def main(settings, command):
    """Confine this process, and run the command in it. Ends the process with the command's exit code.

    settings  "limits": what `limit` takes
              "root": the folder in which to build a new root, for a process in namespaces of its own; or None
              "readable": paths that the new root has, to be read only
              "hidden": a folder to be kept out of reach
              "room": bytes of all files in each folder of the new root that may be written to
              "user": the number of the user to become, as only root can; or None
    command   the program and its arguments
    """
    own, shared = str(Path.cwd()), os.environ.get("COURSE_WITNESS")  # the check reads what is in the second
    if settings["root"]:
        bring_up_loopback()
        move_to_new_root(settings, own, shared)
        os.environ.update(HOME=own, TMPDIR="/tmp")
    if settings["user"]:
        for folder in filter(None, [own, shared]):
            hand_over(folder, settings["user"])
    if settings["root"]:
        child = os.fork()  # this process is the first one here: no signal ends it, and with it all others end
        if child:
            os._exit(exit_code_of(child))
    limit(settings["limits"])
    give_up_rights(settings["user"])
    os.execv(command[0], command)


def hand_over(folder, user):
    """Make a folder, and the files in it, the user's own."""
    for path in [Path(folder), *Path(folder).iterdir()]:
        os.chown(path, user, user, follow_symlinks=False)


def bring_up_loopback():
    """Let the processes here talk to each other over the network. There is nobody else on it."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, BRING_UP, IS_UP)


# --- Files ---


def move_to_new_root(settings, own, shared):
    """Make an empty folder a file system that has only what a script needs, and enter it.

    settings  what `main` takes
    own       the script's folder: it gets a copy in memory, where there is only so much room
    shared    a folder to be written to as it is, or None

    Raises OSError if the system does not allow it.
    """
    root, readable, hidden = settings["root"], settings["readable"], settings["hidden"]
    mount("tmpfs", root, "tmpfs", NO_SUID | NO_DEVICES, "mode=755,size=16m")
    for name, mode in {"tmp": "1777", "dev": "755", "dev/shm": "1777"}.items():
        make_room(f"{root}/{name}", mode, settings["room"])
    Path(root, "proc").mkdir()
    mount("proc", f"{root}/proc", "proc", NO_SUID | NO_DEVICES | NO_EXEC)
    for path in [*(f"/dev/{name}" for name in DEVICES), *readable]:
        show(path, root)
    for path in readable:
        make_read_only(path, root)
    if Path(f"{root}{hidden}").is_dir():
        mount("tmpfs", f"{root}{hidden}", "tmpfs", NO_SUID | NO_DEVICES, "mode=000,size=4k")
    make_room(f"{root}{own}", "700", settings["room"])
    for file in Path(own).iterdir():
        Path(f"{root}{file}").write_bytes(file.read_bytes())
    if shared:
        show(shared, root)
    for name, target in LINKS.items():
        Path(root, "dev", name).symlink_to(target)
    os.chroot(root)
    os.chdir(own)


def make_room(folder, mode, room):
    """Make a folder that lies in memory, for `room` bytes of files. `mode` says who may use it."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    mount("tmpfs", folder, "tmpfs", NO_SUID | NO_DEVICES, f"mode={mode},size={room},nr_inodes={MOST_NAMES}")


def show(path, root):
    """Let the new root have what is at an absolute path, with everything mounted below it."""
    place = Path(f"{root}{path}")
    if place.exists() or place.is_symlink():  # below another path, or a link
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_symlink():  # such as /bin
        place.symlink_to(Path(path).readlink())
        return
    if Path(path).is_dir():
        place.mkdir()
    else:
        place.touch()
    mount(path, place, None, BIND | RECURSIVE)


def make_read_only(path, root):
    """Let nobody write to what `show` has put at a path, nor to anything mounted below it."""
    above = f"{root}{path}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        place = line.split()[4].encode().decode("unicode_escape")  # a space is \040 there
        if place == above or place.startswith(f"{above}/"):
            before = os.statvfs(place).f_flag
            kept = sum(flag for shown, flag in KEPT.items() if before & shown)  # without these, the system says no
            mount(None, place, None, REMOUNT | BIND | READ_ONLY | NO_SUID | kept)


def mount(source, place, kind, flags, options=None):
    """Call mount(2). Raises OSError."""
    texts = [os.fsencode(text) if text else None for text in (source, place, kind)]
    if LIBC.mount(*texts, ctypes.c_ulong(flags), os.fsencode(options) if options else None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(place))


LIBC = ctypes.CDLL(None, use_errno=True)


# --- Rights and limits ---


def limit(limits):
    """Limit this process and those that it will start.

    limits  the name of a resource, such as "NOFILE", → how much of it a process may have
    """
    for name, most in limits.items():
        what = getattr(resource, f"RLIMIT_{name}", None)
        if what is None:  # not on this system
            continue
        _, allowed = resource.getrlimit(what)
        most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):  # macOS knows some that it can't set
            pass


def give_up_rights(user):
    """Become another user, if one is given, and let no program that runs from here on get any special rights."""
    if sys.platform == "linux":
        LIBC.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        for number in range(NO_SUCH_CAPABILITY):
            LIBC.prctl(DROP_CAPABILITY, number, 0, 0, 0)
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def exit_code_of(child):
    """Return the exit code of a child of this process, having waited for it, and for all that are orphaned here."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code  # as a shell says it


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        print(f"The script could not be confined: {error}", file=sys.stderr)
        sys.exit(FAILED)
