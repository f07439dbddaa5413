"""Modules that honest programs use, as far as they need no file."""

import pytest

from rlvr_code import Grader
from rlvr_code.wire.outcome import Kind

GRADER = Grader()

RIGHT = {
    "logging": "import logging\nlogging.basicConfig(level=logging.INFO, format='%(message)s')\nlog = logging.getLogger(__name__)\ndef f():\n    log.info('x %s', 1)\n    log.setLevel('DEBUG')\n    logging.error('y')\n    return [log.isEnabledFor(logging.DEBUG), log is logging.getLogger(__name__), log.level] == [True, True, 10]\n",
    "logging, handlers": "import logging\nlog = logging.getLogger('a')\nh = logging.StreamHandler()\nh.setFormatter(logging.Formatter('%(x)s'))\nlog.addHandler(h)\ndef f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        log.exception('no')\n    log.removeHandler(h)\n    return not log.hasHandlers() and log.getChild('b').name == 'a.b'\n",
    "codecs": "import codecs\ndef f():\n    return codecs.encode('Hello', 'rot13') == 'Uryyb' and codecs.decode(b'\\xef\\xbb\\xbfa', 'utf-8-sig') == 'a' and codecs.BOM_UTF8[0] == 239\n",
    "codecs, hex": "from codecs import decode, encode\ndef f():\n    return encode(b'ab', 'hex') == b'6162' and decode('6162', 'hex') == b'ab'\n",
    "xml": "import xml.etree.ElementTree as ET\ndef f():\n    root = ET.fromstring('<a><b c=\"1\">x</b></a>')\n    ET.SubElement(root, 'd').text = 'y'\n    return [e.tag for e in root] == ['b', 'd'] and root[0].get('c') == '1' and ET.tostring(root) == b'<a><b c=\"1\">x</b><d>y</d></a>'\n",
    "xml, errors": "from xml.etree import ElementTree\ndef f():\n    try:\n        ElementTree.fromstring('<a>')\n    except ElementTree.ParseError:\n        return True\n",
}


def _graded(source: str) -> tuple[Kind, str]:
    problem = GRADER.problem({"entry_point": "f", "cases": [{"expected": True}]})
    outcome = GRADER.grade(source, problem).outcomes[0]
    return outcome.kind, f"{outcome.detail} {outcome.got}"


@pytest.mark.parametrize("name", RIGHT)
def test_honest_programs_pass(name: str) -> None:
    """Nothing that they do needs a file."""
    kind, told = _graded(RIGHT[name])

    assert kind is Kind.PASSED, told


@pytest.mark.each(
    "reached",
    [
        "__import__('codecs').open", "__import__('codecs').lookup", "__import__('codecs').builtins", "__import__('codecs').sys",
        "__import__('codecs').StreamReaderWriter", "__import__('logging').FileHandler", "__import__('logging').os",
        "__import__('logging').sys", "__import__('logging').root", "__import__('logging').Logger.manager",
        "__import__('logging').getLogger('a').manager", "__import__('logging').StreamHandler().stream",
        "ET.parse", "ET.ElementTree", "ET.iterparse", "ET.XMLParser", "ET.sys", "ET.io", "ET.TreeBuilder", "ET.ElementPath",
    ],
)  # fmt: skip
def test_what_opens_files_or_leads_to_modules_is_absent(reached: str) -> None:
    """Neither files nor the modules behind a module."""
    names = "import codecs, logging\nimport xml.etree.ElementTree as ET\n"
    plain = reached.replace("__import__('codecs')", "codecs").replace("__import__('logging')", "logging")
    kind, told = _graded(f"{names}def f():\n    return {plain} is not None\n")

    assert kind in {Kind.ERROR, Kind.FORBIDDEN}, told
