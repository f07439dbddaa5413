"""Files in memory, which submissions and tests with ``tmp_path`` share; nothing of them is on a disk."""

import pathlib

import pytest

from rlvr_code import Grader, TestsOptions
from rlvr_code.wire.paths import MemoryFiles, Path, open_file, use
from rlvr_code.wire.values import decode, encode

GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}
HEAD = "import pytest\nfrom pathlib import Path\nfrom m import *\n"
RIGHT = """
from pathlib import Path
import pathlib
def save(path, text):
    with open(path, "w") as file: file.write(text)
def load(path):
    with open(path, encoding="utf-8") as file: return file.read()
def lines(path): return [line.rstrip() for line in open(path)]
def add(path, text):
    with Path(path).open("a") as file: file.write(text)
def copy(folder): (folder / "b.txt").write_bytes((folder / "a.txt").read_bytes())
def names(folder): return sorted(each.name for each in Path(folder).iterdir())
def child(path): return Path(path) / "x.tar.gz"
def suffix(path): return pathlib.PurePath(path).suffix
def absent(path):
    try:
        open(path)
    except FileNotFoundError:
        return True
    return False
"""
WRONG = RIGHT.replace("file.write(text)", "file.write(text[1:])").replace("rstrip()", "strip('a')").replace(
    '"x.tar.gz"', '"x"').replace(".suffix", ".name").replace("read_bytes())", "read_bytes()[1:])").replace(
    "sorted(each.name", "sorted(str(each)").replace("return file.read()", "return file.readline()").replace(
    "return True\n    return False", "return False\n    return True")  # fmt: skip

TESTS = {
    "the submission writes": "def test_f(tmp_path):\n    save(tmp_path / 'a.txt', 'one')\n    assert (tmp_path / 'a.txt').read_text() == 'one'\n",
    "the tests write": "def test_f(tmp_path):\n    p = tmp_path / 'a.txt'\n    p.write_text('one\\ntwo\\n')\n    assert load(p) == 'one\\ntwo\\n' and lines(str(p)) == ['one', 'two']\n",
    "open of the tests": "def test_f(tmp_path):\n    with open(tmp_path / 'a.txt', 'w') as f:\n        f.write('one\\ntwo\\n')\n    assert load(str(tmp_path / 'a.txt')) == 'one\\ntwo\\n'\n    with (tmp_path / 'a.txt').open('rb') as f:\n        assert f.read() == b'one\\ntwo\\n'\n",
    "appended": "def test_f(tmp_path):\n    p = tmp_path / 'a.txt'\n    p.touch()\n    add(p, 'one')\n    add(str(p), 'two')\n    assert p.read_text() == 'onetwo'\n",
    "folders": "def test_f(tmp_path):\n    (tmp_path / 'd' / 'e').mkdir(parents=True)\n    (tmp_path / 'd' / 'a.txt').write_text('x')\n    assert names(tmp_path / 'd') == ['a.txt', 'e'] and (tmp_path / 'd').is_dir()\n    assert [p.name for p in tmp_path.rglob('*.txt')] == ['a.txt']\n",
    "copied": "def test_f(tmp_path):\n    (tmp_path / 'a.txt').write_bytes(b'abc')\n    copy(tmp_path)\n    assert (tmp_path / 'b.txt').exists() and (tmp_path / 'b.txt').read_bytes() == b'abc'\n",
    "an absent file": "def test_f(tmp_path):\n    assert absent(tmp_path / 'a.txt')\n    assert not (tmp_path / 'a.txt').exists()\n    with pytest.raises(FileNotFoundError):\n        load(tmp_path / 'a.txt')\n",
    "each test its own": "def test_f(tmp_path):\n    save(tmp_path / 'a.txt', 'one')\n    assert names(tmp_path) == ['a.txt']\ndef test_g(tmp_path):\n    assert names(tmp_path) == []\n    save(tmp_path / 'b.txt', 'x')\n    assert names(tmp_path) == ['b.txt']\n",
    "a fixture of a fixture": "@pytest.fixture\ndef file(tmp_path):\n    p = tmp_path / 'a.txt'\n    p.write_text('one\\ntwo')\n    return p\ndef test_f(file):\n    assert load(file) == 'one\\ntwo'\n",
    "paths are values": "def test_f():\n    assert child('/a') == Path('/a/x.tar.gz') and isinstance(child(Path('b')), Path)\n    assert str(child('/a').parent) == '/a'\n",
    "pure paths": "def test_f():\n    assert suffix('/a/b.txt') == '.txt' and suffix(Path('c.md')) == '.md'\n",
}  # fmt: skip


@pytest.mark.parametrize("layer", GRADERS)
@pytest.mark.parametrize("name", TESTS)
def test_right_answers_pass_and_wrong_ones_do_not(name: str, layer: str) -> None:
    """Whoever writes, and whoever reads."""
    grader = GRADERS[layer]
    problem = grader.problem({"code": HEAD + TESTS[name], "module": "m"})
    graded = grader.grade(RIGHT, problem)

    assert graded.all_passed, graded.first_failure
    assert not grader.grade(WRONG, problem).all_passed


@pytest.mark.parametrize("layer", GRADERS)
def test_no_file_of_the_machine_is_seen(layer: str, tmp_path: pathlib.Path) -> None:
    """Neither read nor written, by ``open`` or by a path."""
    secret, left = tmp_path / "secret.txt", tmp_path / "left.txt"
    secret.write_text("secret")
    source = f"from pathlib import Path\ndef read(): return open({str(secret)!r}).read()\ndef read_path(): return Path({str(secret)!r}).read_text()\ndef write():\n    Path({str(tmp_path)!r}).mkdir(parents=True)\n    return open({str(left)!r}, 'w').write('x')\n"
    grader = GRADERS[layer]
    asserts = ["assert read() == 'secret'", "assert read_path() == 'secret'", "assert write() == 1"]
    graded = grader.grade(source, grader.problem({"asserts": asserts}))

    assert [outcome.passed for outcome in graded.outcomes] == [False, False, True]
    assert not left.exists()


def test_a_submission_that_lies_about_files_gives_values_only() -> None:
    """What tests read is data of the exact type; anything else fails the test."""
    grader = GRADERS["layer off"]
    lie = "import gc, rlvr_code.inside.child as c\nclass T(bytes):\n    def decode(self, *a): return 'one'\nc.FILES.read = lambda p: T(b'x')\nc.FILES.kind = lambda p: 3\n"
    for code in (
        "def test_f(tmp_path):\n    assert (tmp_path / 'a').read_text() == 'one'\n",
        "def test_f(tmp_path):\n    assert (tmp_path / 'a').exists()\n",
    ):
        assert not grader.grade(lie, grader.problem({"code": "import m\n" + code, "module": "m"})).all_passed


@pytest.fixture
def files() -> MemoryFiles:
    """Give this process files that are empty."""
    made = MemoryFiles()
    use(made)
    return made


def test_modes_of_open_mean_what_they_say(files: MemoryFiles) -> None:
    """Reading, writing, appending, making anew, and both."""
    with open_file("/a", "x") as file:
        file.write("one\n")
    with open_file("/a", "a") as file:
        file.write("two\n")
    with open_file("a", "r+") as file:
        assert file.readline() == "one\n"
    assert files.read("/a") == b"one\ntwo\n"
    assert list(open_file(Path("/a"), "rb")) == [b"one\n", b"two\n"]
    for mode, error in (("x", FileExistsError), ("rw", ValueError), ("", ValueError), ("q", ValueError)):
        with pytest.raises(error):
            open_file("/a", mode)
    with pytest.raises(OSError), open_file("/a", "rb") as file:  # noqa: PT011  # io.UnsupportedOperation is one
        file.write(b"x")
    with pytest.raises(OSError), open_file("/a", "wb") as file:  # noqa: PT011  # as above
        file.read()
    with pytest.raises(IsADirectoryError):
        open_file("/", "w")


def test_folders_are_made_and_removed_in_order(files: MemoryFiles) -> None:
    """As the functions of ``os`` have it."""
    folder = Path("/d/e")
    with pytest.raises(FileNotFoundError):
        folder.mkdir()
    folder.mkdir(parents=True)
    with pytest.raises(FileExistsError):
        folder.mkdir()
    folder.mkdir(exist_ok=True)
    (folder / "f").write_text("x")
    assert (files.kind("/d"), files.kind("/d/e/f"), files.kind("/g")) == ("folder", "file", "")
    with pytest.raises(OSError, match="not empty"):
        folder.rmdir()
    with pytest.raises(NotADirectoryError):
        (folder / "f" / "g").write_text("x")
    assert (folder / "f").rename("/h").read_text() == "x"
    folder.rmdir()
    assert [str(each) for each in Path("/").iterdir()] == ["/d", "/h"]
    with pytest.raises(FileNotFoundError):
        Path("/g").unlink()
    Path("/g").unlink(missing_ok=True)
    Path("/h").unlink()
    assert not Path("/h").exists()


def test_what_would_look_at_the_disk_is_refused(files: MemoryFiles) -> None:
    """Every method of ``pathlib.Path`` that has no file in memory."""
    assert files.names("/") == []
    for name in ("stat", "chmod", "owner", "symlink_to", "samefile"):
        with pytest.raises(OSError, match="in memory"):
            getattr(Path("/"), name)("/")


@pytest.mark.parametrize("path", [Path("/a/b"), pathlib.Path("c"), pathlib.PurePosixPath("d"), pathlib.PureWindowsPath("e")])  # fmt: skip
def test_paths_travel_by_their_text(path: pathlib.PurePath) -> None:
    """And equal the path that they were."""
    got = decode(encode(path))

    assert got == path
    assert str(got) == str(path)
    assert isinstance(got, Path) is isinstance(path, pathlib.Path)
