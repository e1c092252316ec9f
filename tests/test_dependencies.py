"""pyproject.toml decides what the course needs; environment.yml and requirements.lock follow it."""

import re
import tomllib

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement  # pytest depends on packaging

CONDA_NAMES = {"matplotlib": "matplotlib-base", "playwright": "playwright-python"}  # where conda-forge's differ

# An entry that conda and pip are sure to read the same way: a name, or a name, one space, and bounds joined by commas
# without spaces. Conda has more operators, and reads some of them in its own way.
BOUND = r"(?:>=|<)\d+(?:\.\d+)*"
CONDA_ENTRY = re.compile(rf"(?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?: (?P<bounds>{BOUND}(?:,{BOUND})*))?")

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()

COURSE = PYPROJECT["project"]["dependencies"]
TESTS, BUILD = PYPROJECT["dependency-groups"]["test"], PYPROJECT["dependency-groups"]["build"]
CONDA = [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]


def name_and_bounds(entry):
    """Return what an entry of environment.yml asks for: `numpy >=2,<3` gives ("numpy", {">=2", "<3"})."""
    found = CONDA_ENTRY.fullmatch(entry)
    if not found:
        raise ValueError(f"{entry!r} is no entry such as 'numpy >=2,<3'")
    return found["name"], bounds(found["bounds"] or "")


def bounds(specifiers):
    """Return the bounds of a specifier such as ">=2,<3" as a set."""
    return set(filter(None, str(specifiers).split(",")))


def locked():
    """The lock's entries: the pin, the text under it (hashes, and who asked for it)."""
    for entry in re.findall(r"^\w.*(?:\n .*)*", LOCK, flags=re.MULTILINE):
        pin, _, below = entry.partition("\n")
        yield Requirement(pin.rstrip(" \\")), below


@pytest.mark.parametrize("entry", CONDA)
def test_conda_reads_each_entry_as_pip_does(entry):
    name_and_bounds(entry)


@pytest.mark.parametrize(
    "entry",
    [
        "numpy>=2,<3",
        "numpy  >=2,<3",
        "numpy >=2, <3",
        "numpy >= 2,<3",
        "numpy >=2,<3 ",
        "numpy >=2,,<3",
        "numpy >=2,",
        "numpy >=2 <3",
        "numpy >=2|<1",
        "numpy 2.*",
        "numpy =2",
        "numpy ==2",
        "numpy ~=2.0",
        "numpy >=2,<3 py311_0",
        "numpy[version='>=2']",
        "conda-forge::numpy >=2,<3",
        "NumPy >=2,<3",
        "numpy >=two",
        "",
    ],
)
def test_what_conda_might_read_otherwise_is_told(entry):
    with pytest.raises(ValueError, match="no entry such as"):
        name_and_bounds(entry)


def test_an_entry_is_its_name_and_its_bounds():
    assert name_and_bounds("pytest-xdist >=3.8,<4") == ("pytest-xdist", {">=3.8", "<4"})
    assert name_and_bounds("python >=3.11") == ("python", {">=3.11"})
    assert name_and_bounds("pip") == ("pip", set())


def test_conda_installs_what_pip_does():
    wanted = {}
    for requirement in map(Requirement, COURSE + TESTS):
        wanted[CONDA_NAMES.get(requirement.name, requirement.name)] = bounds(requirement.specifier)
    wanted["python"] = bounds(PYPROJECT["project"]["requires-python"])
    wanted["pip"] = set()
    assert dict(map(name_and_bounds, CONDA)) == wanted


def test_no_entry_comes_twice():
    for entries in (CONDA, COURSE + TESTS + BUILD):
        names = [re.match(r"[\w.-]+", entry)[0] for entry in entries]
        assert sorted(set(names)) == sorted(names)


def test_conda_takes_everything_from_conda_forge_but_the_course_itself():
    assert ENVIRONMENT["channels"] == ["conda-forge"]
    assert [entry for entry in ENVIRONMENT["dependencies"] if not isinstance(entry, str)] == [{"pip": ["-e ."]}]


@pytest.mark.parametrize("entry", COURSE + TESTS + BUILD)
def test_the_lock_pins_each_dependency_within_its_bounds(entry):
    wanted = Requirement(entry)
    pins = [pin for pin, _ in locked() if pin.name == wanted.name]
    assert pins, "run make lock"
    for pin in pins:
        assert wanted.specifier.contains(str(pin.specifier).removeprefix("==")), "run make lock"


def test_the_lock_holds_nothing_that_is_no_longer_asked_for():
    asked_for = {Requirement(entry).name for entry in COURSE + TESTS + BUILD}
    assert {pin.name for pin, below in locked() if "(pyproject.toml" in below} == asked_for, "run make lock"


def test_the_lock_has_hashes_for_each_entry():
    assert [pin.name for pin, below in locked() if "--hash=sha256:" not in below] == []


def test_the_lock_names_no_registry():
    assert "://" not in LOCK and "--index-url" not in LOCK and "--find-links" not in LOCK
