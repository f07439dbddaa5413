"""Installed distributions, read from folders: the same answers as those of ``importlib.metadata``."""

from __future__ import annotations

import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from rlvr.distributions import Announced, announced_in, metadata_of


def _install(folder: Path, name: str, version: str, points: str = "", *, suffix: str = "dist-info") -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.{suffix}"
    info.mkdir(parents=True)
    head = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: a>=1\nRequires-Dist: b\n\nName: no\n"
    )
    (info / ("METADATA" if suffix == "dist-info" else "PKG-INFO")).write_text(head)
    if points:
        (info / "entry_points.txt").write_text(points)


def _by_importlib(group: str) -> set[Announced]:
    points = metadata.entry_points(group=group)
    return {Announced(each.name, each.value, each.dist.name, each.dist.version) for each in points if each.dist}


@pytest.mark.parametrize("group", ["rlvr", "rlvr.commands", "console_scripts", "no group"])
def test_the_installed_entry_points_are_those_of_importlib(group: str) -> None:
    """With their distributions and versions."""
    assert set(announced_in(group)) == _by_importlib(group)


def test_the_installed_versions_are_those_of_importlib() -> None:
    """By any spelling of the name."""
    for name in ("rlvr", "msgspec", "PyYAML", "pyyaml", "rlvr_math", "rlvr.math", "python--flint"):
        found = metadata_of(name)
        assert found is not None, name
        assert found["Version"] == [metadata.version(name)]


def test_made_distributions_are_read_as_importlib_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments, other sections, an egg-info folder, a folder that is absent, and the first of two versions."""
    first, second = tmp_path / "first", tmp_path / "second"
    _install(first, "rlvr-one", "1.0", "# a comment\n[other]\nx = y\n\n[demo]\none=rlvr_one:plugin\n two = rlvr_two\n")
    _install(first, "rlvr-egg", "2", "[demo]\negg = rlvr_egg\n", suffix="egg-info")
    _install(second, "rlvr-one", "0.9", "[demo]\nold = rlvr_old\n")
    monkeypatch.setattr(sys, "path", [str(first), str(tmp_path / "absent"), str(second)])

    assert set(announced_in("demo")) == _by_importlib("demo")
    assert {each.name for each in announced_in("demo")} == {"one", "two", "egg"}
    found = metadata_of("rlvr_one")
    assert found is not None
    assert (found["Name"], found["Version"], found["Requires-Dist"]) == (["rlvr-one"], ["1.0"], ["a>=1", "b"])
    assert metadata_of("rlvr-two") is None


def test_a_distribution_that_is_installed_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is read again after it changed."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    before = metadata_of("rlvr-late")
    _install(tmp_path, "rlvr-late", "3")

    assert before is None
    assert metadata_of("rlvr-late") is not None


@pytest.mark.parametrize("form", ["zip", "egg", "hook"])
def test_distributions_in_other_forms_are_found_too(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a zip file on the path, beside an egg, and behind an import hook."""
    folder = tmp_path / "folder"
    _install(folder, "rlvr-one", "1.0", "[demo]\none = rlvr_one\n")
    path = folder
    match form:
        case "zip":
            path = tmp_path / "all.zip"
            with zipfile.ZipFile(path, "w") as archive:
                for file in folder.rglob("*"):
                    archive.write(file, file.relative_to(folder))
        case "egg":
            _install(folder / "odd.egg", "x", "1", "[demo]\nx = x\n", suffix="x")
            (folder / "odd.egg" / "x-1.x").rename(folder / "odd.egg" / "EGG-INFO")
            (folder / "odd.egg" / "EGG-INFO" / "METADATA").write_text("Name: odd\nVersion: 1\n")
        case _:
            monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, metadata.MetadataPathFinder()])
    monkeypatch.setattr(sys, "path", [str(path)])

    assert Announced("one", "rlvr_one", "rlvr-one", "1.0") in announced_in("demo")
    assert set(announced_in("demo")) == _by_importlib("demo")
    found = metadata_of("rlvr-one")
    assert found is not None
    assert found["Version"] == ["1.0"]


@pytest.mark.parametrize(
    ("value", "expected"), [("os.path:join", "join"), ("os : path.join [extra]", "join"), ("os", "os")]
)
def test_an_announced_object_is_imported(value: str, expected: str) -> None:
    """A module, or an attribute of one."""
    assert Announced("x", value, "d", "1").load().__name__ == expected
