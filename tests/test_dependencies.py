"""pyproject.toml decides what the course needs; environment.yml and requirements.lock follow it."""

import re
import tomllib

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from rattler import MatchSpec

CONDA_NAMES = {"matplotlib": "matplotlib-base", "playwright": "playwright-python"}

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()

COURSE = PYPROJECT["project"]["dependencies"]
TESTS, BUILD = PYPROJECT["dependency-groups"]["test"], PYPROJECT["dependency-groups"]["build"]
CONDA = [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]


def bounds(specifier):
    return set(str(specifier).split(","))


def name_and_bounds(entry):
    """What a strict parser reads: `numpy >=2,<3` as ("numpy", {">=2", "<3"})."""
    spec = MatchSpec(entry, strict=True)
    return spec.name.normalized, bounds(spec.version)


def locked():
    """The lock's entries: the pin, the text under it (hashes, and who asked for it)."""
    for entry in re.findall(r"^\w.*(?:\n .*)*", LOCK, flags=re.MULTILINE):
        pin, _, below = entry.partition("\n")
        yield Requirement(pin.rstrip(" \\")), below


@pytest.mark.parametrize("entry", CONDA)
def test_conda_reads_each_entry_strictly(entry):
    MatchSpec(entry, strict=True)


def test_conda_installs_what_pip_does():
    wanted = {}
    for requirement in map(Requirement, COURSE + TESTS):
        wanted[CONDA_NAMES.get(requirement.name, requirement.name)] = bounds(requirement.specifier)
    wanted["python"] = bounds(PYPROJECT["project"]["requires-python"])
    wanted["pip"] = bounds(None)
    assert dict(map(name_and_bounds, CONDA)) == wanted


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
