"""Output files are complete or absent, and never replace something else."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rlvr.errors import OutputError
from rlvr.runs import open_output


def _write(path: Path, text: str = "new") -> None:
    with open_output(path) as file:
        file.write(text)


def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path: Path) -> None:
    """It is the mode that a shell would give it."""
    _write(tmp_path / "out")
    (tmp_path / "other").touch()

    assert (tmp_path / "out").read_text() == "new"
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_an_existing_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """A secret file stays secret."""
    (tmp_path / "out").write_text("old")
    (tmp_path / "out").chmod(mode)
    _write(tmp_path / "out")

    assert ((tmp_path / "out").read_text(), stat.S_IMODE((tmp_path / "out").stat().st_mode)) == ("new", mode)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    """No temporary file remains."""
    (tmp_path / "out").write_text("old")

    def interrupted() -> None:
        with open_output(tmp_path / "out") as file:
            file.write("half")
            raise error

    with pytest.raises(error):
        interrupted()

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"out": "old"}


def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    """The target may not exist yet."""
    for name in ("there", "absent"):
        (tmp_path / f"{name}.link").symlink_to(f"{name}.txt")
    (tmp_path / "there.txt").write_text("old")
    for name in ("there", "absent"):
        _write(tmp_path / f"{name}.link", name)

        assert (tmp_path / f"{name}.link").is_symlink()
        assert (tmp_path / f"{name}.txt").read_text() == name


def test_a_file_of_two_names_stays_one_file(tmp_path: Path) -> None:
    """A rename would separate the names."""
    (tmp_path / "one").write_text("old")
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    _write(tmp_path / "two")

    assert (tmp_path / "one").read_text() == "new"
    assert (tmp_path / "one").stat().st_ino == (tmp_path / "two").stat().st_ino


def test_a_pipe_gets_the_text_and_stays_a_pipe(tmp_path: Path) -> None:
    """A process may read while the command writes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    _write(pipe)
    reader.join(30)

    assert got == ["new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    """The test uses a copy of the null device, since a bug would replace that of the machine."""
    null = tmp_path / "null"
    try:
        os.mknod(null, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        null.write_text("")
    except OSError as error:
        pytest.skip(f"no device can be made here: {error}")
    _write(null)

    assert stat.S_ISCHR(null.stat().st_mode)


def test_a_redirected_standard_output_is_written_in_place(tmp_path: Path) -> None:
    """The shell has the file open; later output would be lost under another inode."""
    code = """
from pathlib import Path
from rlvr.runs import open_output
with open_output(Path("/dev/stdout")) as file:
    file.write("rewards\\n")
"""
    with (tmp_path / "out").open("w") as file:
        inode = os.fstat(file.fileno()).st_ino
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)

    assert ((tmp_path / "out").read_text(), (tmp_path / "out").stat().st_ino) == ("rewards\n", inode)


def test_sockets_and_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They cannot contain text."""
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(tmp_path)  # a socket's address has room for 108 bytes
        listening.bind("socket")
        with pytest.raises(OutputError, match="is a socket"):
            _write(tmp_path / "socket")
    with pytest.raises(OutputError, match="is a folder"):
        _write(tmp_path)


@pytest.mark.skipif(os.name == "posix" and os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    """Its owner protected it."""
    (tmp_path / "out").write_text("old")
    (tmp_path / "out").chmod(0o444)
    with pytest.raises(PermissionError):
        _write(tmp_path / "out")

    assert (tmp_path / "out").read_text() == "old"


@pytest.mark.skipif(os.name == "posix" and os.getuid() == 0, reason="root may write everywhere")
def test_a_file_in_a_folder_that_takes_no_new_files_is_written_in_place(tmp_path: Path) -> None:
    """A shell does the same."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "out").write_text("old")
    (tmp_path / "folder").chmod(0o555)
    _write(tmp_path / "folder" / "out")

    assert (tmp_path / "folder" / "out").read_text() == "new"
    (tmp_path / "folder").chmod(0o755)


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    """It stays open for what comes after."""
    code = """
from pathlib import Path
from rlvr.runs import open_output
with open_output(Path("-")) as file:
    file.write("é\\n")
print("after")
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)

    assert result.stdout == "é\nafter\n".encode()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("link", ["hard", "symbolic", "same"])
def test_an_input_is_refused_under_each_of_its_names(tmp_path: Path, link: str) -> None:
    """The input stays as it was."""
    data, name = tmp_path / "data", tmp_path / ("data" if link == "same" else "name")
    data.write_text("rows")
    if link == "hard":
        name.hardlink_to(data)
    elif link == "symbolic":
        name.symlink_to(data)
    with pytest.raises(OutputError, match="is the input"), open_output(name, inputs=(data,)):
        pass

    assert data.read_text() == "rows"
