"""``rlvr label``: show rows of a run one by one on the terminal, and keep what a person says of them."""

from __future__ import annotations

import codecs
import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from rlvr.cli.console import WRONG, err, errors_told, harmless, out, styled, tell_error

if TYPE_CHECKING:
    from rlvr.runs import RunFolder, RunRow
    from rlvr_lab.label.session import LabelSession

DEFAULT_NAME = "labels.jsonl"
_LINE_CHARACTERS = 25_000
_KEYS = "0 wrong … 1 right, or 0 to 9   n note   s skip   u undo   q quit"
_CLEAR = "\x1b[2J\x1b[H"


def label(  # noqa: PLR0917  # typer names them
    run: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=f"The file of labels; {DEFAULT_NAME} in the folder of the run if not given."),
    ] = None,
    size: Annotated[int, typer.Option("-n", "--size", min=1, max=10_000, help="How many rows to pick.")] = 50,
    labeller: Annotated[
        str | None, typer.Option("--labeller", help="Your name; that of the account if not given.")
    ] = None,
    show_reward: Annotated[
        bool, typer.Option("--show-reward", help="Show the reward and its reasons, which makes labels follow it.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page for a browser, which exports the labels.")
    ] = None,
    as_list: Annotated[bool, typer.Option("--list", help="Print the ids of the picked rows, and label none.")] = False,
) -> None:
    """Label rows of a run: 50, from each task, level of reward, and components that agree or do not.

    Each key is saved at once. The same command goes on where it stopped. `rlvr calibrate RUN LABELS` reads the labels.
    """
    with errors_told():
        from rlvr.runs import RunFolder
        from rlvr_lab.label.picking import pick_rows
        from rlvr_lab.label.session import LabelSession

        folder = RunFolder(run)
        rows = pick_rows(folder.manifest, folder.rows(), size)
        if as_list:
            for row in rows:
                out.print(styled(row.id))
            return
        target = run / DEFAULT_NAME if output is None else output
        name = labeller or getpass.getuser()
        if html is not None:
            _write_page(html, folder, rows, target, name, show_reward=show_reward)
            return
        if not sys.stdin.isatty():
            tell_error("rlvr label needs a terminal; --html writes a page for a browser, and --list prints the rows")
            raise typer.Exit(WRONG)
        session = LabelSession(rows, target, name)
        _run(session, show_reward=show_reward)
    err.print(styled(f"{target}: {session.labelled} of {len(rows)} rows are labelled by {session.labeller}", limit=600))


def _write_page(  # what the command was given
    path: Path, folder: RunFolder, rows: Sequence[RunRow], labels: Path, labeller: str, *, show_reward: bool
) -> None:
    from rlvr.runs import open_output
    from rlvr_lab.label.page import label_page
    from rlvr_lab.labels import read_labels
    from rlvr_lab.page.document import files_of_run

    known = read_labels(labels) if labels.exists() else []
    document = label_page(folder, rows, known, labeller, show_reward=show_reward)
    with open_output(path, inputs=[*files_of_run(folder.path), labels]) as file:
        file.write(document)
    err.print(styled(f"{path}: {len(rows)} rows to label in a browser; it contains prompts and completions", limit=600))


def _run(session: LabelSession, *, show_reward: bool) -> None:
    with _single_keys() as keys:
        while not session.is_over:
            _draw(session, show_reward=show_reward)
            key = next(keys, "q")
            session.press(key)
    if session.labelled:
        out.print()


@contextmanager
def _single_keys() -> Iterator[Iterator[str]]:
    """Yield the keys of the terminal as they are pressed; it is as it was before at the end."""
    import termios
    import tty

    source = sys.stdin.fileno()
    before = termios.tcgetattr(source)
    try:
        tty.setcbreak(source)
        yield _keys_of(source)
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)


def _keys_of(source: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    try:
        while data := os.read(source, 1):
            yield from decoder.decode(data)
    except KeyboardInterrupt:
        return


def _draw(session: LabelSession, *, show_reward: bool) -> None:
    from rlvr_lab.label.showing import blocks_of

    row = session.row
    if row is None:
        return
    sys.stdout.write(_CLEAR if sys.stdout.isatty() else "\n")
    head = f"row {session.place} of {len(session.rows)}, {session.labelled} labelled by {session.labeller}"
    out.print(styled(f"{head}   {row.id}", "bold"))
    for name, text in blocks_of(row, show_reward=show_reward):
        _block(name, text)
    out.print()
    if session.note or session.is_noting:
        out.print(styled(f"note: {session.note}" + (" …  (Enter ends it)" if session.is_noting else "")))
    out.print(Text(_KEYS, style="dim"))


def _block(name: str, text: str) -> None:
    out.print(Text(f"{harmless(name)}:", style="bold"))
    for line in text.split("\n"):
        out.print(Text(f"  {harmless(line, _LINE_CHARACTERS)}"))
