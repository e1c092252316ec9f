"""Whether a module is still what its file says. Under fork, workers have what was imported, else what the file says."""

import sys
from functools import lru_cache, partial
from importlib.machinery import SourceFileLoader
from importlib.util import decode_source
from pathlib import Path
from types import CodeType, FunctionType


def require_unchanged(worker):
    """Raise a ValueError if a function of the worker's module is no longer what the module's file says."""
    module = module_of(worker)
    if module is None:
        return
    if changed := changed_function(module):
        name = module.__name__
        raise ValueError(
            f"{Path(module.__file__).name} has changed since it was imported: {changed} is not what it was. With fork, "
            "workers would run the old function, with spawn and forkserver the new one. Read the file again, with "
            f"importlib.reload({name}) and then from {name} import {changed}, or restart the kernel."
        )


def require_readable(worker):
    """Raise a SyntaxError if no new process could import the worker's module, since its file has a mistake by now."""
    module = module_of(worker)
    try:
        if module is not None:
            read(module)
    except SyntaxError as error:
        raise SyntaxError(
            f"{Path(module.__file__).name} can't be imported by a worker process: there is a mistake in line "
            f"{error.lineno} ({error.msg}). Correct it there."
        ) from None
    except (OSError, ValueError):  # the worker will tell
        pass


def module_of(worker):
    """Return the module of a worker, or None if it has no file, or one that was changed on its way."""
    while isinstance(worker, partial):
        worker = worker.func
    module = sys.modules.get(getattr(worker, "__module__", None) or "")
    return module if type(getattr(module, "__loader__", None)) is SourceFileLoader else None


def read(module):
    """Return what `functions_in` finds in a module's file as it is now."""
    return functions_in(module.__file__, Path(module.__file__).stat().st_mtime_ns)


def changed_function(module):
    """Return the name of a function in a module that its file now defines in another way, or not at all; else ""."""
    try:
        written = read(module)
    except (OSError, SyntaxError, ValueError):  # the file is gone, or half written
        return ""
    for name, function in vars(module).items():
        if isinstance(function, FunctionType) and function.__code__.co_filename == module.__file__:
            code = function.__code__
            if "<" not in code.co_qualname and without_lines(code) not in written.get(code.co_qualname, []):
                return name
    return ""


@lru_cache(maxsize=8)
def functions_in(file, _changed):
    """Return qualified name → the codes of that name, for the functions of a file. `_changed` says of which moment."""
    found = {}
    remaining = [compile(decode_source(Path(file).read_bytes()), file, "exec", dont_inherit=True)]
    while remaining:
        inner = [code for code in remaining.pop().co_consts if isinstance(code, CodeType)]
        remaining += inner
        for code in inner:
            found.setdefault(code.co_qualname, []).append(without_lines(code))
    return found


def without_lines(code):
    """Return a code without the numbers of its lines, so that it is equal to the same one at another place."""
    inner = [without_lines(const) if isinstance(const, CodeType) else const for const in code.co_consts]
    return code.replace(co_firstlineno=1, co_linetable=b"", co_consts=tuple(inner))
