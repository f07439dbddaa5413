"""The documentation: its reference has every name that the code has, and its site is whole."""

import contextlib
import functools
import http.server
import importlib
import os
import re
import runpy
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from rlvr import FailureKind, Registry, Verdict
from rlvr.config.schema import suite_schema
from rlvr.record.formats import FORMATS
from rlvr.scores import ReasonClass

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCES = ("core", "plugins", "handler", "aws", "lab", "trainers")


def _module(name: str) -> ModuleType:
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))


PAGES: dict[str, str] = _module("reference").pages()
SCHEMA = suite_schema(Registry())
SETTINGS: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def _section(page: str, heading: str) -> str:
    return PAGES[page].partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_every_key_of_a_suite_file_is_in_the_reference() -> None:
    """Under the place where it stands."""
    reference = _module("reference")

    assert all(f"\n`{name}`\n" in _section("suite-file.md", "Top level") for name in SCHEMA["properties"])
    for name in (each for each in SCHEMA["$defs"] if each.endswith("Section")):
        section = _section("suite-file.md", reference.SECTIONS[name])
        assert all(f"\n`{key}`\n:   " in section for key in SCHEMA["$defs"][name]["properties"]), name


@pytest.mark.parametrize("scorer_id", Registry().scorer_ids())
def test_every_option_and_metric_of_every_scorer_is_in_the_reference(scorer_id: str) -> None:
    section = _section("scorers.md", scorer_id)
    scorer = Registry().scorer(scorer_id).scorer
    options = getattr(scorer.options, "__struct_fields__", ())

    assert all(re.search(rf"^`{name}`\n:   \S", section, re.MULTILINE) for name in options)
    assert all(f"`{name}`" in section for name in (*scorer.metrics, *scorer.needs))
    assert re.match(r"\s*Pay .+\.\n", section)
    assert len(section.strip().splitlines()) > 5


def test_tables_of_options_in_readmes_are_those_of_the_registry() -> None:
    """`python docs/options.py` writes them."""
    options = _module("options")
    tables = options.tables()

    assert len(tables) == len(list((ROOT / "plugins").glob("*/pyproject.toml")))
    for path, table in tables.items():
        text = path.read_text(encoding="utf-8")
        assert options.with_table(text, table) == text, f"{path}: run python docs/options.py"


def _commands() -> Iterator[tuple[str, Any]]:
    import typer

    from rlvr.cli.app import app

    for path, command in _module("reference").walk_commands(typer.main.get_command(app), ("rlvr",)):
        yield " ".join(path), command


@pytest.mark.parametrize(("words", "command"), [*_commands()])
def test_every_command_and_option_is_in_the_reference(words: str, command: Any) -> None:
    section = _section("commands.md", words)
    options = [name for parameter in command.params for name in parameter.opts if name.startswith("-")]

    assert section.strip()
    assert all(name in section for name in options)


def test_commands_of_all_distributions_are_found() -> None:
    words = {name for name, _command in _commands()}

    assert {"rlvr score", "rlvr aws deploy", "rlvr simulate", "rlvr view", "rlvr compare", "rlvr judge price"} <= words


def test_every_environment_variable_that_is_read_is_in_the_reference() -> None:
    """Names in quotes in the source."""
    found = {
        name
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"[\"'](RLVR_[A-Z_]+)[\"']", path.read_text(encoding="utf-8"))
    }

    assert len(found) > 5
    assert found - _module("reference").ENVIRONMENT.keys() == set()
    assert all(f"`{name}`" in PAGES["environment.md"] for name in found)


def test_every_verdict_failure_reason_and_error_is_in_the_reference() -> None:
    import rlvr.errors

    errors = [
        name
        for name, kind in vars(rlvr.errors).items()
        if isinstance(kind, type) and issubclass(kind, rlvr.errors.RlvrError) and hasattr(kind, "_names")
    ]
    kinds = [*Verdict, *FailureKind, *ReasonClass]

    assert all(f"| `{kind}` |" in PAGES["verdicts.md"] for kind in kinds)
    assert [name for name in errors if not name.startswith("_") and f"### {name}\n" not in PAGES["errors.md"]] == []


def test_every_row_format_is_in_the_reference() -> None:
    """With its signature, of which no mark ends a cell of the table."""
    lines = [line for line in PAGES["row-formats.md"].splitlines() if line.startswith("| ")][2:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]

    assert [row[0] for row in cells] == [each.name for each in FORMATS]
    assert {len(row) for row in cells} == {5}
    assert "`modelOutput\\|error`" in cells[1][1]


def test_every_exported_name_is_in_the_reference() -> None:
    import rlvr

    assert [name for name in rlvr.__all__ if not re.search(rf"[\"`]{name}[\"`]", PAGES["python.md"])] == []


def test_a_mark_of_html_or_markdown_in_a_description_is_shown() -> None:
    escaped = _module("reference").escaped

    assert escaped("a <answer>, a | and a *, not `<b>*|`") == "a &lt;answer>, a &#124; and a &#42;, not `<b>*|`"


def test_every_page_is_in_the_navigation_and_in_llms_txt(tmp_path: Path) -> None:
    build = _module("build")
    build.write_generated(tmp_path)
    for path in DOCS.rglob("*.md"):
        target = tmp_path / path.relative_to(DOCS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    named = [path for _section, path in build.nav_pages(SETTINGS["nav"])]
    text = build.llms_txt(SETTINGS["nav"], SETTINGS["site_description"], tmp_path)
    titles = [path.read_text(encoding="utf-8").partition("\n")[0] for path in tmp_path.rglob("*.md")]

    assert sorted(named) == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md"))
    assert all(f"]({path}): " in text for path in named)
    assert len(set(titles)) == len(titles)


def test_pictures_are_whole_and_follow_the_theme() -> None:
    """Colours are those of the text around; nothing is loaded."""
    from xml.etree.ElementTree import fromstring

    for name, text in _module("pictures").pictures().items():
        root = fromstring(text)  # noqa: S314  # our own

        assert root.get("stroke") == "currentColor", name
        assert "href" not in text
        assert not re.search(r"#[0-9a-f]{3,6}", text)


def test_referenced_assets_are_there() -> None:
    assert all((DOCS / path).is_file() for path in SETTINGS["extra_css"])


def test_shown_commands_exist() -> None:
    """Each `rlvr ...` line of a `sh` block, with its options."""
    known = dict(_commands())
    for page in (*DOCS.rglob("*.md"), ROOT / "README.md"):
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in re.findall(r"(?:^|run )(rlvr [^#|>\n]+)", block, re.MULTILINE):
                words = line.split()
                command = next((known[" ".join(words[:n])] for n in (5, 4, 3, 2) if " ".join(words[:n]) in known), None)
                if words[1] in {"--help", "--version"} or (command is None and "--help" in words):
                    continue
                assert command is not None, (page.name, line)
                options = {
                    name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
                }
                given = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
                assert given <= options | {"--help"}, (page.name, line)


CHROMIUM = SimpleNamespace(**runpy.run_path(str(ROOT / "tests" / "lab" / "chromium.py")))
# The Python that has the group `docs`: this one, or that of the environment that `.ci/docs` makes.
_PYTHONS = (Path(sys.executable), ROOT / ".venv-docs" / "bin" / "python")
BUILDER = next((str(path) for path in _PYTHONS if path.with_name("zensical").exists()), None)
VISITED = ("index.html", "start/concepts.html", "how-to/mix.html", "reference/scorers.html", "design/sandbox.html")


@pytest.fixture(scope="module")
def site() -> Path:
    """The built site."""
    if BUILDER is None:
        pytest.skip("the group `docs` is not installed; .ci/docs makes an environment with it")
    done = subprocess.run([BUILDER, str(DOCS / "build.py")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return ROOT / "build" / "site"


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("RLVR_LONG"), reason="RLVR_LONG=1 builds the site")
@pytest.mark.xdist_group("site")
class TestSite:
    def test_nothing_is_loaded_from_elsewhere(self, site: Path) -> None:
        loaded = r"<(?:script|img|link|iframe|source)[^>]+(?:src|href)=[\"']?(?:https?:)?//"
        faults = [page.name for page in site.rglob("*.html") if re.search(loaded, page.read_text(encoding="utf-8"))]

        assert len(list(site.rglob("*.html"))) > 30
        assert faults == []

    def test_no_link_is_broken(self, site: Path) -> None:
        command = [
            str(Path(str(BUILDER)).with_name("linkchecker")),
            "--no-status",
            "--no-warnings",
            str(site / "index.html"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout
        assert "0 errors found" in done.stdout

    @pytest.mark.skipif(CHROMIUM.PROGRAM is None, reason=CHROMIUM.MISSING)
    def test_search_finds_an_option_in_the_reference(self, site: Path) -> None:
        """The name of an option, typed into the search, leads to its scorer first."""
        roots = "[...document.querySelectorAll('div')].map(each => each.shadowRoot)"
        dialog = f"{roots}.find(each => each?.querySelector('input'))"
        with serve(site) as address, CHROMIUM.open_chromium() as browser:
            page = SitePage(browser, f"{address}/index.html", "light")
            page.wait("document.readyState === 'complete' && document.querySelector('.md-search__button')")
            page.evaluate("document.querySelector('.md-search__button').click()")
            page.wait(f"({dialog})?.activeElement")
            page.press(*"rounding_digits")
            page.wait(f"({dialog}).querySelector('a')")
            first = page.evaluate(f"({dialog}).querySelector('a').href")

            assert re.search(r"/reference/scorers\.html.*#mathequivalent$", first), first
            assert {urlsplit(url).netloc for url in page.requests if url.startswith("http")} == {
                urlsplit(address).netloc
            }
            assert page.problems == []

    @pytest.mark.skipif(CHROMIUM.PROGRAM is None, reason=CHROMIUM.MISSING)
    def test_pages_open_without_problem_or_request_elsewhere(self, site: Path) -> None:
        """Served from the loopback address, in light and dark."""
        with serve(site) as address, CHROMIUM.open_chromium() as browser:
            for theme in ("light", "dark"):
                for name in VISITED:
                    page = SitePage(browser, f"{address}/{name}", theme)
                    page.wait("document.readyState === 'complete' && document.querySelector('h1')")
                    hosts = {urlsplit(url).netloc for url in page.requests if not url.startswith(("data:", "blob:"))}

                    assert hosts == {urlsplit(address).netloc}, (name, hosts)
                    assert page.problems == [], name
                    page.close()


class SitePage(CHROMIUM.Page):  # type: ignore[misc,name-defined]  # a class of a program that is run by path
    """A page of the site in a browser."""

    def __init__(self, browser: Any, url: str, theme: str) -> None:
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._url = ""
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.prefer(theme)
        self.call("Page.navigate", url=url)
        self.wait(f"location.href === '{url}'")


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of the loopback address."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


def test_relative_links_of_readmes_lead_somewhere() -> None:
    """The builder checks those of the site."""
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    pages += [*ROOT.glob("*/README.md"), *ROOT.glob("plugins/*/README.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_each_distribution_has_the_licence_and_the_version() -> None:
    """The files are copies, since an archive of one distribution has nothing from outside of its folder."""
    licence, versions = (ROOT / "LICENSE").read_bytes(), set()
    for folder in (*(ROOT / name for name in ("core", "handler", "aws", "lab", "trainers")), *ROOT.glob("plugins/*")):
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        versions.add(project["version"])

        assert (folder / "LICENSE").read_bytes() == licence
        assert project["license"] == "Apache-2.0"

    assert len(versions) == 1
