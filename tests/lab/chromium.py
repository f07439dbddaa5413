"""Headless Chromium, driven through its debugging pipe.

The pipe needs no port and no package; the browser of playwright would be a download of 160 MB for the same four verbs.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = os.environ.get("RLVR_CHROMIUM") or shutil.which("chromium")
AXE = Path(__file__).parents[2] / ".browser" / "package" / "axe.min.js"
MISSING = "Chromium is not installed; `.ci/browser` installs it"

_SECONDS = 60.0
_KEYS = {"Enter": 13, "Escape": 27, "Home": 36, "End": 35, "PageDown": 34, "PageUp": 33, "ArrowDown": 40, "ArrowUp": 38}


class Chromium:
    """One browser process."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def place_pipe() -> None:  # the browser reads from 3 and writes to 4
            pair = os.dup(to_browser), os.dup(from_browser)
            high = [os.dup(each) for each in pair]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        quiet = ["--no-first-run", "--disable-extensions", "--disable-background-networking", "--mute-audio"]
        command = [PROGRAM or "", "--remote-debugging-pipe", f"--user-data-dir={profile}", *options, *quiet]
        self._process = subprocess.Popen(
            command,
            close_fds=False,
            preexec_fn=place_pipe,  # noqa: PLW1509  # nothing else moves descriptors before the program starts
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._write, content) :]
        while True:
            found = self._next()
            if found.get("id") == self._number:
                assert "error" not in found, f"{method}: {found['error']}"
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)

    def wait_for(self, event: str, session: str) -> None:
        """Read until an event of a page has come since the events were cleared."""
        while not any(each.get("method") == event and each.get("sessionId") == session for each in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], _SECONDS)
            assert ready, "Chromium does not answer"
            piece = os.read(self._read, 1 << 20)
            assert piece, "Chromium ended"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)


class Page:
    """One page of the browser, loaded and ready.

    Attributes:
        requests: The addresses that the page asked for, itself apart.
        problems: Messages of the console, and exceptions.
    """

    def __init__(
        self, browser: Chromium, path: Path | str, address: str = "", *, width: int = 1280, height: int = 900
    ) -> None:
        self._browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        self._url = path if isinstance(path, str) else path.resolve().as_uri()
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self.call(f"{domain}.enable")
        self.resize(width, height)
        self.call("Page.navigate", url=self._url + address)
        self.wait("document.readyState === 'complete' && document.documentElement.dataset.ready === '1'")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command to the page."""
        return self._browser.call(method, self._session, **parameters)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript; promises are awaited."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until a condition holds in the page, which looks at it after each frame."""
        steps = (
            "for (let n = 0; n < 2000; n++) { if (%s) return true; await new Promise(done => setTimeout(done, 10)); }"
        )
        assert self.evaluate(f"(async () => {{ {steps % condition} return false; }})()"), condition

    def reload(self) -> None:
        """Load the page again, and return when it is loaded; its scripts need not run."""
        self._browser.events.clear()
        self.call("Page.reload")
        self._browser.wait_for("Page.loadEventFired", self._session)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other; a character or a name such as ``Enter``."""
        for key in keys:
            text = {} if key in _KEYS else {"text": key}
            named = {"windowsVirtualKeyCode": _KEYS[key]} if key in _KEYS else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **named)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **named)

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, theme: str) -> None:
        """Set the theme that the system prefers: ``light`` or ``dark``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])

    def screenshot(self) -> bytes:
        """Return the window as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def printed(self) -> bytes:
        """Return the page as PDF, as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    @property
    def requests(self) -> list[str]:
        """The addresses that the page asked for, apart from its own."""
        urls = [event["params"]["request"]["url"] for event in self._events("Network.requestWillBeSent")]
        return [url for url in urls if url.partition("#")[0] != self._url]

    @property
    def problems(self) -> list[str]:
        """Messages of the console, exceptions and violations of the policy."""
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(event["params"]) for kind in kinds for event in self._events(kind)]

    def _events(self, method: str) -> list[dict[str, Any]]:
        self.evaluate("1")  # reads the events until now
        return [
            event
            for event in self._browser.events
            if event.get("method") == method and event.get("sessionId") == self._session
        ]

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)


@contextmanager
def open_chromium() -> Iterator[Chromium]:
    """Start a browser with a profile of its own, and end it."""
    with tempfile.TemporaryDirectory(prefix="rlvr-chromium-", ignore_cleanup_errors=True) as profile:
        browser = Chromium(Path(profile))
        try:
            yield browser
        finally:
            browser.close()
