"""The HTML files in headless Chromium: filters, keys, hostile rows, accessibility, size."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rlvr.runs import RunFolder, RunRow
from rlvr_lab.compare.comparing import Side, compare_runs
from rlvr_lab.compare.report import compare_page
from rlvr_lab.label.page import label_page
from rlvr_lab.view.report import view_run

CHROMIUM = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("chromium.py"))))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM.PROGRAM is None, reason=CHROMIUM.MISSING),
    pytest.mark.xdist_group("chromium"),
]

# Text of which a piece would run, load or close something if it were markup.
HOSTILE = (
    '<script>document.title="taken"</script><img src="https://example.com/x.png" onerror="document.title=\'taken\'">'
    "</script><!-- </div></textarea> \u202eright to left\u2066 zero\u200bwidth nul\x00 esc\x1b[31m lone \ud800"
)
NODES = "document.getElementsByTagName('*').length"
COUNT = "document.querySelector('#count').textContent"

CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start one browser for all tests."""
    with CHROMIUM.open_chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a file, and close the pages after the test."""
    pages: list[Any] = []

    def open_file(path: Path, address: str = "", **size: int) -> Any:
        pages.append(CHROMIUM.Page(browser, path, address, **size))
        return pages[-1]

    yield open_file
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def mixed(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of 480 rows in two tasks and 60 groups."""
    folder = tmp_path_factory.mktemp("mixed")
    made.write_run(folder, made.mixed_rows(), made.TWO_TASKS)
    path = folder / "view.html"
    path.write_text(view_run(RunFolder(folder)).document)
    return path


@pytest.fixture(scope="module")
def compared(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the comparison of two runs over 480 rows, of which some changed."""
    folder = tmp_path_factory.mktemp("compared")
    sides = []
    for name, change in (("strict", False), ("lenient", True)):
        rows = [_changed(row) if change and row.position % 7 == 0 else row for row in made.mixed_rows()]
        sides.append(Side(name=name, folder=RunFolder(made.write_run(folder / name, rows, made.TWO_TASKS))))
    path = folder / "compare.html"
    path.write_text(compare_page(compare_runs(*sides), most_rows=5_000)[0])
    return path


def _changed(row: RunRow) -> RunRow:
    return msgspec.structs.replace(row, reward=1.0 - row.reward, reason_class="changed", reason="another")


def _view(made: Any, folder: Path, rows: Any, **fields: Any) -> Path:
    path = folder / "view.html"
    path.write_text(view_run(RunFolder(made.write_run(folder, rows, **fields))).document)
    return path


def _shown(page: Any) -> int:
    return int(page.evaluate("document.querySelector('#count b').textContent.replace(',', '')"))


def _choose(page: Any, key: str, value: str) -> None:
    event = "change" if key != "q" else "input"
    page.evaluate(
        f"(() => {{ const f = document.querySelector('[data-key={key}]'); f.value = {json.dumps(value)};"
        f" f.dispatchEvent(new Event('input')); f.dispatchEvent(new Event('{event}')); }})()"
    )
    if key == "q":
        page.wait(f"location.hash.includes({json.dumps('q=')})")


@pytest.mark.parametrize(("page_name", "count"), [("mixed", "480 of 480 rows"), ("compared", "69 of 69 that changed")])
def test_it_opens_from_a_disk_and_asks_for_nothing(
    request: pytest.FixtureRequest, open_page: Callable[..., Any], page_name: str, count: str
) -> None:
    """No request, no message, no exception, and no violation of its own policy."""
    page = open_page(request.getfixturevalue(page_name))
    page.evaluate("document.querySelector('.row[role=option]').click()")

    assert page.evaluate(COUNT) == count
    assert not page.evaluate("document.querySelector('aside').hidden")
    assert page.requests == []
    assert page.problems == []


def test_a_comparison_is_filtered_by_direction_and_by_reasons(compared: Path, open_page: Callable[..., Any]) -> None:
    """Each button of the table shows as many rows as its row says; the drawer has both sides."""
    page = open_page(compared)
    said = page.evaluate(
        "[...document.querySelectorAll('td .link')].map((each) => +each.closest('tr').cells[4].textContent)"
    )
    shown = []
    for place in range(len(said)):
        page.evaluate(f"document.querySelectorAll('td .link')[{place}].click()")
        shown.append(_shown(page))
    _choose(page, "move", "")
    _choose(page, "change", "better")
    better = _shown(page)
    _choose(page, "change", "worse")
    page.evaluate("document.querySelector('.row[role=option]').click()")

    assert shown == said
    assert sum(shown) == 69
    assert page.evaluate("document.querySelector('.findings').textContent").count(f"show {better}") == 1
    assert page.evaluate("[...document.querySelectorAll('aside .eq')].map((each) => each.textContent.slice(0, 2))") == [
        "A:",
        "B:",
    ]


FILTERS: list[tuple[dict[str, str], Callable[[Any], bool]]] = [
    ({"task": "code"}, lambda row: row.task == "code"),
    ({"verdict": "invalid_task"}, lambda row: row.verdict == "invalid_task"),
    ({"reason": "no_answer"}, lambda row: row.reason_class == "no_answer"),
    ({"min": "0.5"}, lambda row: row.verdict == "scored" and row.reward >= 0.5),
    ({"max": "0.25"}, lambda row: row.verdict == "scored" and row.reward <= 0.25),
    ({"q": "QUESTION 7 OF"}, lambda row: "Question 7 of" in row.prompt[0]["content"]),
    ({"q": "row-47"}, lambda row: "row-47" in row.id),
    ({"task": "math", "max": "0"}, lambda row: (row.task, row.verdict, row.reward) == ("math", "scored", 0.0)),
    ({"task": "code", "q": "nothing has this"}, lambda _: False),
]


@pytest.mark.parametrize(("filters", "fits"), FILTERS)
def test_filters_show_the_rows_that_python_counts(
    mixed: Path, made: Any, open_page: Callable[..., Any], filters: dict[str, str], fits: Callable[[Any], bool]
) -> None:
    """Alone and together; the address brings them back; clear takes them away."""
    expected = sum(map(fits, made.mixed_rows()))
    page = open_page(mixed)
    for key, value in filters.items():
        _choose(page, key, value)
    again = open_page(mixed, page.evaluate("location.hash"))

    assert _shown(page) == expected
    assert _shown(again) == expected
    page.evaluate("document.querySelector('#clear').click()")
    assert _shown(page) == 480


def test_each_finding_and_each_bar_shows_as_many_as_it_says(mixed: Path, open_page: Callable[..., Any]) -> None:
    """With the number in its label."""
    page = open_page(mixed)
    labels = page.evaluate(
        "[...document.querySelectorAll('[data-f]')].map((each) => each.getAttribute('aria-label') || each.textContent)"
    )
    counts = []
    for place in range(len(labels)):
        page.evaluate(f"document.querySelectorAll('[data-f]')[{place}].dispatchEvent(new Event('click'))")
        counts.append(_shown(page))

    assert len(labels) > 10
    assert counts == [int("".join(filter(str.isdigit, label.rpartition(":")[2]))) for label in labels]


def test_advice_is_a_filter(made: Any, tmp_path: Path, open_page: Callable[..., Any]) -> None:
    """Its button shows its rows, the address brings them back, and a chip says what is shown and ends it."""
    rows = [made.made_row(place, place % 2 / 1.0) for place in range(300)]
    folder = made.write_run(tmp_path, rows, remarks={"accuracy: <b>": [1, 255, 256, 299], "accuracy: x": [0]})
    path = tmp_path / "view.html"
    path.write_text(view_run(RunFolder(folder)).document)
    page = open_page(path)
    page.evaluate("document.querySelector('[data-f*=advice]').click()")
    again = open_page(path, page.evaluate("location.hash"))

    assert (_shown(page), _shown(again)) == (4, 4)
    assert again.evaluate("document.querySelector('#band').textContent") == "accuracy: <b>"
    _choose(again, "q", "row-25")
    assert _shown(again) == 2
    again.evaluate("document.querySelector('#band').click()")
    assert _shown(again) == 11
    assert again.problems == []


def test_groups_are_a_list_of_their_own(mixed: Path, open_page: Callable[..., Any]) -> None:
    """With a cell for each row; the filter of a row finds its group."""
    page = open_page(mixed)
    page.press("g")
    cells = page.evaluate("document.querySelector('.row.groups[role=option] .strip').children.length")

    assert page.evaluate(COUNT) == "60 of 60 groups"
    assert cells == 8
    _choose(page, "verdict", "failed")
    assert 0 < _shown(page) <= 3


def test_keys_move_open_and_close(mixed: Path, open_page: Callable[..., Any]) -> None:
    """The drawer follows; the address names the row, and brings it back."""
    page = open_page(mixed)
    page.evaluate("document.querySelector('#list').focus()")
    page.press("j", "j", "o")
    opened = page.evaluate("[location.hash, document.querySelector('aside').hidden]")
    page.press("]")
    sibling = page.evaluate("location.hash")
    page.press("j")
    following = page.evaluate("location.hash")
    page.press("Escape")
    closed = page.evaluate("[location.hash, document.querySelector('aside').hidden]")
    page.press("End")
    last = page.evaluate("document.querySelector('[aria-selected=true]').ariaPosInSet")
    page.press("Home")
    first = page.evaluate("document.querySelector('[aria-selected=true]').ariaPosInSet")
    again = open_page(mixed, "#row=17")

    assert opened == ["#row=1", False]
    assert (sibling, following) == ("#row=2", "#row=2")
    assert closed in (["#", True], ["", True])
    assert (first, last) == ("1", "480")
    assert "row-17" in again.evaluate("document.querySelector('aside .top').textContent")


def test_keys_in_a_field_type_letters(mixed: Path, open_page: Callable[..., Any]) -> None:
    """A search for "jog" opens nothing."""
    page = open_page(mixed)
    page.press("/", "j", "o", "g")

    assert page.evaluate("document.querySelector('[data-key=q]').value") == "jog"
    assert page.evaluate("document.querySelector('aside').hidden")


def test_hostile_rows_stay_text(made: Any, tmp_path: Path, open_page: Callable[..., Any]) -> None:
    """In the list and in the drawer: no element, no script, no request; hidden characters have names."""
    score = made.made_score(reason=HOSTILE, note=HOSTILE, evidence={HOSTILE: HOSTILE})
    row = made.made_row(
        0,
        id=HOSTILE,
        completion=HOSTILE,
        prompt=[{"role": "user", "content": HOSTILE}],
        reference=HOSTILE,
        arithmetic=HOSTILE,
        scores=[score],
    )
    long = made.made_row(1, completion="x" * 1_000_000, prompt=[{"role": "user", "content": "line\n" * 10_000}])
    page = open_page(_view(made, tmp_path, [row, long, made.invalid_row(2, HOSTILE)]))
    title = page.evaluate("document.title")
    page.evaluate("document.querySelector('#list').focus()")
    page.press("j", "o")

    drawer = page.evaluate("document.querySelector('aside').textContent")
    assert '<img src="https://example.com/x.png"' in drawer
    assert all(name in drawer for name in ("U+202E", "U+2066", "U+200B", "U+0000", "U+001B", "\ufffd"))
    assert page.evaluate("document.querySelectorAll('img, textarea, body script').length") == 2
    assert page.evaluate("document.title") == title
    page.press("j")
    assert "980,000 characters left out" in page.evaluate("document.querySelector('aside').textContent")
    assert page.requests == []
    assert page.problems == []


def test_a_script_that_gets_into_the_page_is_refused(mixed: Path, open_page: Callable[..., Any]) -> None:
    """The policy is the second wall; this shows that it stands."""
    page = open_page(mixed)
    page.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'document.title = \"taken\"';"
        " document.body.append(s); const i = document.createElement('img'); i.src = 'https://example.com/x.png';"
        " document.body.append(i); })()"
    )

    assert page.evaluate("document.title") != "taken"
    assert any("Content Security Policy" in problem for problem in page.problems)


def _worst_contrast(page: Any) -> list[tuple[float, str]]:
    """Return the least contrast and its element in each state of the page."""
    found = []
    for press in ((), ("j", "o"), ("Escape", "g")):  # g is no key of a comparison
        page.evaluate("document.querySelector('#list').focus({preventScroll: true})")
        page.press(*press)
        texts, least, element = page.evaluate(CONTRAST)
        assert texts > 20
        found.append((least, element))
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("is_chosen", [False, True])
@pytest.mark.parametrize("page_name", ["mixed", "compared"])
def test_contrast_is_enough(
    request: pytest.FixtureRequest, open_page: Callable[..., Any], page_name: str, theme: str, *, is_chosen: bool
) -> None:
    """At least 4.5 for all text, in the list, in the drawer and in the groups; by the system and by the button."""
    page = open_page(request.getfixturevalue(page_name), height=2400)
    page.prefer(theme if not is_chosen else "light" if theme == "dark" else "dark")
    if is_chosen:
        page.press("t")

    assert [each for each in _worst_contrast(page) if each[0] < 4.5] == []


@pytest.mark.skipif(not CHROMIUM.AXE.exists(), reason="axe-core is not there; `.ci/browser` brings it")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page_name", ["mixed", "compared"])
def test_axe_finds_no_violation(
    request: pytest.FixtureRequest, open_page: Callable[..., Any], page_name: str, theme: str
) -> None:
    """In the list, with a row open, and in the groups; it runs through the debugger, since the policy forbids it."""
    page = open_page(request.getfixturevalue(page_name))
    page.prefer(theme)
    page.evaluate(CHROMIUM.AXE.read_text() + "; 1")
    violations = []
    for press in ((), ("j", "o"), ("Escape", "g")):
        page.evaluate("document.querySelector('#list').focus()")
        page.press(*press)
        violations += page.evaluate(
            "axe.run().then((found) => found.violations.map((each) => [each.id, each.nodes[0].html.slice(0, 200)]))"
        )

    assert violations == []


def test_the_summary_needs_no_script(mixed: Path, browser: Any) -> None:
    """Without JavaScript the list says that it needs it; the rest is there."""
    page = CHROMIUM.Page(browser, mixed)
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.reload()
    page.call("DOM.enable")
    root = page.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
    html = page.call("DOM.getOuterHTML", nodeId=root)["outerHTML"]
    page.close()

    assert "mean of" in html
    assert "The list of rows needs scripts" in html


def test_it_prints_the_first_hundred_rows(mixed: Path, open_page: Callable[..., Any]) -> None:
    """Laid out in full, without fields and buttons."""
    page = open_page(mixed)
    page.evaluate("addEventListener('beforeprint', () => { window.laid = document.querySelectorAll('.row').length; })")
    pdf = page.printed()

    assert pdf.startswith(b"%PDF")
    assert page.evaluate("window.laid") == 101
    assert page.evaluate("document.querySelectorAll('.row').length") < 60


@pytest.mark.parametrize("width", [1600, 1280, 1000, 800, 520, 400])
def test_nothing_overlaps_and_nothing_scrolls_sideways(mixed: Path, open_page: Callable[..., Any], width: int) -> None:
    """In any window."""
    page = open_page(mixed, width=width)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.panel, header, .findings')].map((each) => { const b ="
        " each.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"
    )

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for place, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top
            assert apart or other == [left, top, right, bottom], (width, other)


@pytest.mark.parametrize("name", ["none", "one", "faulty", "groups of 64", "twelve tasks"])
def test_runs_of_any_shape_open(made: Any, tmp_path: Path, open_page: Callable[..., Any], name: str) -> None:
    """Without a message, and with a list that counts them."""
    long = "t" * 200
    rows = {
        "none": [],
        "one": [made.made_row(0)],
        "faulty": [made.invalid_row(place) for place in range(9)],
        "groups of 64": [made.made_row(place, place % 2 / 1.0, group=f"g{place // 64}") for place in range(128)],
        "twelve tasks": [made.made_row(place, task=f"{long}{place}") for place in range(12)],
    }[name]
    tasks = {f"{long}{place}": (0.0, 1.0, ["accuracy"]) for place in range(12)} if name == "twelve tasks" else None
    page = open_page(_view(made, tmp_path, rows, tasks=tasks))
    page.press("g")
    strips = page.evaluate("[...document.querySelectorAll('.strip')].map((each) => each.textContent.slice(-3))")

    assert page.problems == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert strips == (["+48", "+48"] if name == "groups of 64" else [])
    page.press("g")
    assert _shown(page) == len(rows)


def test_fifty_thousand_rows_are_filtered_with_little_work(
    made: Any, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    """Counted, not timed: nodes of the page, calls of functions and layouts for a filter and for the next row."""
    folder = made.write_run(tmp_path, made.mixed_rows(groups=6_250, words=60), made.TWO_TASKS)
    path = tmp_path / "view.html"
    path.write_text(view_run(RunFolder(folder), most_rows=50_000).document)
    page = open_page(path)
    page.call("Profiler.enable")
    page.call("Profiler.startPreciseCoverage", callCount=True, detailed=False)

    def work(action: Callable[[], None]) -> tuple[int, float]:
        """Return how often functions were called and how often the page was laid out."""
        page.call("Profiler.takePreciseCoverage")
        before = _metric(page, "LayoutCount")
        action()
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        scripts = page.call("Profiler.takePreciseCoverage")["result"]
        calls = sum(
            function["ranges"][0]["count"]
            for script in scripts
            if script["url"].startswith("file:")
            for function in script["functions"]
        )
        return calls, _metric(page, "LayoutCount") - before

    assert _shown(page) == 50_000
    assert page.evaluate(NODES) <= 1_200
    page.evaluate("document.querySelector('#list').focus()")
    filtered, layouts = work(lambda: _choose(page, "task", "code"))
    searched, _ = work(lambda: _choose(page, "q", "question 3"))
    stepped, _ = work(lambda: page.press("j"))

    rows = 50_000
    assert filtered <= 4 * rows
    assert searched <= 12 * rows
    assert stepped <= 2_000
    assert layouts <= 6
    assert page.evaluate(NODES) <= 1_200


def _metric(page: Any, name: str) -> float:
    found: float = next(
        each["value"] for each in page.call("Performance.getMetrics")["metrics"] if each["name"] == name
    )
    return found


@pytest.fixture
def labelling(made: Any, tmp_path: Path) -> Path:
    """Write the page on which three rows of a run are labelled; one tries to be markup."""
    rows = [made.made_row(0, completion=HOSTILE), made.made_row(1, 0.0), made.made_row(2)]
    folder = RunFolder(made.write_run(tmp_path / "run", rows))
    path = tmp_path / "label.html"
    path.write_text(label_page(folder, list(folder.rows()), [], "ann", show_reward=False))
    return path


def _name_labeller(page: Any, name: str) -> None:
    field = "const field = document.querySelector('#labeller');"
    page.evaluate(f"(() => {{ {field} field.value = {json.dumps(name)}; field.onchange(); }})()")


def _exported(page: Any) -> list[dict[str, Any]]:
    """Return the labels of the file that the page saves."""
    taken = "URL.createObjectURL = (blob) => { window.taken = blob; return 'data:,'; };"
    text = page.evaluate(f"(() => {{ {taken} document.querySelector('#export').click(); return taken.text(); }})()")
    return [json.loads(line) for line in text.splitlines()]


def test_rows_are_labelled_by_keys_and_exported(open_page: Callable[..., Any], labelling: Path) -> None:
    """Marks, notes, skip and undo; a page that is opened again goes on where it stopped."""
    page = open_page(labelling)
    page.press("1", "n", "n", "1", "Enter", "0", "u", "3")
    assert page.evaluate("document.querySelector('#place').textContent") == "row 3 of 3, 2 labelled by ann"
    again = open_page(labelling)
    again.press("s")

    assert again.evaluate("document.querySelector('#place').textContent") == "no row is left, 2 labelled by ann"
    assert _exported(again) == [
        {"id": "row-0", "label": 1, "labeller": "ann", "position": 0, "sample": 0},
        {"id": "row-1", "label": 3, "labeller": "ann", "note": "n1", "position": 1, "sample": 0},
    ]
    _name_labeller(again, "bo")
    again.press("0")
    assert [(each["label"], each["labeller"]) for each in _exported(again)] == [(0, "bo")]
    assert page.requests == again.requests == []


def test_a_row_to_label_is_text(open_page: Callable[..., Any], labelling: Path) -> None:
    """Whatever it is, in both themes, with enough contrast."""
    page = open_page(labelling)
    _name_labeller(page, "eve")  # the browser has labels of ann

    shown = page.evaluate("document.querySelector('#row').textContent")
    assert "<script>document.title" in shown
    assert "U+202E" in shown
    assert "taken" not in page.evaluate("document.title")
    assert page.problems == []
    for theme in ("light", "dark"):
        page.prefer(theme)
        texts, least, element = page.evaluate(CONTRAST)
        assert texts > 10
        assert least >= 4.5, element
    if CHROMIUM.AXE.exists():
        page.evaluate(CHROMIUM.AXE.read_text() + "; 1")
        assert page.evaluate("axe.run().then((found) => found.violations.map((each) => each.id))") == []
