"""Public names are listed, and each is imported at its first use."""

import subprocess
import sys

import pytest

import rlvr


def test_every_public_name_has_a_home() -> None:
    """The name exists there; the list for type checkers is the same."""
    assert sorted(rlvr._HOME_OF) == sorted(rlvr.__all__)
    assert all(getattr(rlvr, name) is not None for name in rlvr.__all__)
    assert set(rlvr.__all__) <= set(dir(rlvr))


def test_another_name_is_an_attribute_error() -> None:
    """As for any module."""
    with pytest.raises(AttributeError, match="no attribute 'scored'"):
        rlvr.scored  # noqa: B018  # asked for, to see the error


def test_a_grader_used_alone_imports_no_configuration() -> None:
    """It imports no dependency of the configuration."""
    program = "import sys, rlvr_math; sys.exit(any(name in sys.modules for name in ('yaml', 'pluggy', 'rlvr.config')))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
