"""The sandbox holds without the language layer: every attempt here is plain Python."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import rlvr_code
from rlvr_code import Grader, TestsOptions
from rlvr_code.trusted.probing import probe
from rlvr_code.trusted.process import SandboxError
from rlvr_code.trusted.supervisor import REFEREES, SUBMISSIONS
from rlvr_code.wire.outcome import Kind
from rlvr_code.zygote.kernel import ARCHITECTURES
from rlvr_code.zygote.seccomp import ALLOW, ANY_BIT, AT_LEAST, EQUALS, KILL, LOAD, REFUSE, RETURN, program

PLAIN = Grader(TestsOptions(language_layer=False))
GUARDED = Grader()
LONG = os.environ.get("RLVR_LONG") == "1"
SECRET = "AKIAPLANTEDSECRET42"  # noqa: S105  # planted, to be looked for

# Ways to a module, for submissions without the language layer.
OS = "import os, sys\n"
CTYPES = (
    "import sys\nctypes = sys.modules.get('ctypes') or __import__('ctypes')\nlibc = ctypes.CDLL(None, use_errno=True)\n"
)

# Each body must make ``attempt()`` return something true to have gained anything.
ATTEMPTS: dict[str, tuple[str, ...]] = {
    "files": (
        "return open('/etc/passwd').read()",
        "return os.listdir('/')",
        "return os.listdir('/tmp')",
        "return os.open('/tmp', os.O_RDONLY) >= 0",
        "return open('/tmp/rlvr_left', 'w').write('x')",
        "return os.open('/tmp/rlvr_left', os.O_CREAT | os.O_WRONLY) >= 0",
        "return os.mkdir('/tmp/rlvr_left') is None",
        "return os.symlink('/etc/passwd', '/tmp/rlvr_left') is None",
        "return os.mkfifo('/tmp/rlvr_left') is None",
        "return os.rename('/tmp', '/tmp2') is None",
        "return os.unlink('/etc/hostname') is None",
        "return os.chmod('/tmp', 0o777) is None",
        "return os.chdir('/tmp') is None",
        "return os.readlink('/proc/self/exe')",
        "return list(os.scandir('/proc'))",
        "return os.stat('/etc/passwd').st_size",
        "return os.access('/etc/passwd', os.R_OK)",
        "return os.memfd_create('x') >= 0",
        "return os.path.exists('/etc/passwd')",
        "import io\n    return io.FileIO('/etc/passwd').read()",
        "import io\n    return io.open_code('/etc/passwd').read()",
        "import tempfile\n    return tempfile.mkstemp()",
        "import glob\n    return glob.glob('/tmp/*')",
        "import pathlib\n    return pathlib.Path('/etc/passwd').read_text()",
        "import mmap\n    return len(mmap.mmap(-1, 4096)) and open('/dev/zero')",
        "return os.truncate('/tmp/x', 0) is None",
        "return os.utime('/tmp') is None",
        "return os.chroot('/') is None",
        "return os.statvfs('/').f_bsize",
    ),
    "secrets": (
        "return dict(os.environ).get('AWS_SECRET_ACCESS_KEY')",
        "return os.getenv('AWS_SESSION_TOKEN')",
        "return open('/proc/self/environ').read()",
        "return open('/proc/%d/environ' % os.getppid()).read()",
        "return open('/proc/%d/mem' % os.getppid(), 'rb').read(1)",
        "return open('/proc/%d/maps' % os.getppid()).read()",
        "return open('/proc/%d/cmdline' % os.getppid()).read()",
        "return os.listdir('/proc/%d/fd' % os.getppid())",
        "return open('/proc/self/mem', 'rb').read(1)",
        "return open('/proc/self/maps').read()",
        "return [v for v in os.environ.values() if 'SECRET' in v]",
        "return os.environb.get(b'AWS_ACCESS_KEY_ID')",
        "import sys\n    return [a for a in sys.argv if 'SECRET' in a]",
        "import gc\n    return [o for o in gc.get_objects() if isinstance(o, dict) and any('SECRET' in str(k) for k in list(o)[:50])]",
        "import gc\n    return [o for o in gc.get_objects() if isinstance(o, str) and 'AKIAPLANTED' + 'SECRET' in o]",
        "f = sys._getframe()\n    seen = ''\n    while f:\n        seen += str(f.f_locals)\n        f = f.f_back\n    return 'AKIAPLANTED' + 'SECRET' in seen",
        "f = sys._getframe()\n    seen = ''\n    while f:\n        seen += str(f.f_locals)\n        f = f.f_back\n    return str(int('4242' + '4') * 10 + 2) in seen",
        "import gc\n    return [o for o in gc.get_objects() if isinstance(o, (list, tuple)) and int('4242' + '4') * 10 + 2 in o[:9]]",
        "return [m for m in sys.modules if m in ('boto3', 'awslambdaric', 'rlvr', 'pytest')]",
        "return [open(fd, 'rb', closefd=False).read(10) for fd in (5, 6, 7, 8, 9)]",
    ),
    "descriptors": tuple(f"return os.fstat({number}).st_mode" for number in (4, 5, 6, 7, 8, 9, 10, 20, 63))
    + tuple(f"return os.read({number}, 1)" for number in (4, 5, 6, 7, 8, 9, 10, 20, 63))
    + (
        "return os.dup(3) >= 0",
        "return os.dup2(3, 9) >= 0",
        "return os.pipe()",
        "import fcntl\n    return fcntl.fcntl(3, fcntl.F_DUPFD, 9)",
    ),
    "network": (
        "import socket\n    return socket.socket()",
        "import socket\n    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "import socket\n    return socket.socket(socket.AF_UNIX)",
        "import socket\n    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import socket\n    return socket.socketpair()",
        "import socket\n    return socket.create_connection(('127.0.0.1', 9001), 1)",
        "import socket\n    return socket.create_connection(('169.254.169.254', 80), 1)",
        "import socket\n    return socket.getaddrinfo('example.com', 80)",
        "import socket\n    return socket.fromfd(3, socket.AF_UNIX, socket.SOCK_STREAM).getpeername() is not None",
        "import urllib.request\n    return urllib.request.urlopen('http://127.0.0.1:9001/2018-06-01/runtime/invocation/next', timeout=1)",
        "import http.client\n    c = http.client.HTTPConnection('127.0.0.1', 9001, timeout=1)\n    c.connect()\n    return True",
        "import asyncio\n    return asyncio.run(asyncio.open_connection('127.0.0.1', 80))",
        "import select\n    return select.epoll()",
    ),
    "processes": (
        "return os.fork() >= 0",
        "return os.vfork() >= 0 if hasattr(os, 'vfork') else None",
        "return os.forkpty()",
        "return os.system('true') == 0",
        "return os.popen('id').read()",
        "return os.execv('/bin/sh', ['sh'])",
        "return os.posix_spawn('/bin/true', ['true'], {})",
        "import subprocess\n    return subprocess.run(['true']).returncode == 0",
        "import multiprocessing\n    p = multiprocessing.Process(target=print)\n    p.start()\n    return True",
        "import _thread\n    return _thread.start_new_thread(print, ())",
        "return os.kill(os.getppid(), 9) is None",
        "return os.kill(os.getppid(), 0) is None",
        "return os.kill(1, 0) is None",
        "return os.kill(-1, 19) is None",
        "return os.killpg(0, 19) is None",
        "return os.setsid() >= 0",
        "return os.setpgid(0, 0) is None",
        "return os.nice(-5)",
        "return os.sched_setaffinity(0, {0}) is None",
        "return os.setpriority(os.PRIO_PROCESS, 0, -5) is None",
        "return os.ptrace",
        "return os.waitpid(-1, os.WNOHANG)",
        "return os.pidfd_open(os.getppid()) >= 0",
        "return os.unshare(os.CLONE_NEWUSER) is None if hasattr(os, 'unshare') else None",
        "import signal\n    return signal.signal(signal.SIGXCPU, signal.SIG_IGN)",
        "import signal\n    return signal.setitimer(signal.ITIMER_REAL, 100)",
        "import signal\n    return signal.pthread_kill(__import__('threading').get_ident(), 0) is None",
    ),
    "privileges": (
        "return os.setuid(0) is None and os.getuid() == 0",
        "return os.setresuid(0, 0, 0) is None",
        "return os.setgroups([0]) is None",
        "return os.geteuid() == 0",
        "import resource\n    return resource.setrlimit(resource.RLIMIT_CPU, (1000, 1000)) is None",
        "import resource\n    return resource.setrlimit(resource.RLIMIT_AS, (-1, -1)) is None",
        "import resource\n    return resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
        "return os.umask(0) >= 0",
        "return os.sethostname('x') if hasattr(os, 'sethostname') else None",
    ),
}

# Through the C library, past Python: numbers of x86-64.
CALLS = {
    "open": (2, "b'/etc/passwd', 0"), "stat": (4, "b'/etc/passwd', ctypes.create_string_buffer(200)"), "ioctl": (16, "0, 0x5401, ctypes.create_string_buffer(99)"),
    "access": (21, "b'/etc/passwd', 4"), "pipe": (22, "ctypes.create_string_buffer(8)"), "shmget": (29, "0, 4096, 0o1777"), "dup": (32, "3"), "sendfile": (40, "1, 3, 0, 1"),
    "socket": (41, "2, 1, 0"), "connect": (42, "3, b'', 0"), "sendto": (44, "3, b'x', 1, 0, 0, 0"), "recvmsg": (47, "3, 0, 0"), "clone": (56, "17, 0, 0, 0, 0"), "fork": (57, ""), "vfork": (58, ""),
    "execve": (59, "b'/bin/true', 0, 0"), "wait4": (61, "-1, 0, 1, 0"), "kill": (62, "1, 0"), "semget": (64, "0, 1, 0o1777"), "msgget": (68, "0, 0o1777"), "fcntl": (72, "3, 0, 9"),
    "truncate": (76, "b'/tmp/x', 0"), "chdir": (80, "b'/tmp'"), "rename": (82, "b'/tmp/a', b'/tmp/b'"), "mkdir": (83, "b'/tmp/rlvr_left', 0o777"), "creat": (85, "b'/tmp/rlvr_left', 0o777"),
    "link": (86, "b'/etc/passwd', b'/tmp/rlvr_left'"), "unlink": (87, "b'/tmp/x'"), "symlink": (88, "b'/a', b'/tmp/rlvr_left'"), "readlink": (89, "b'/proc/self/exe', ctypes.create_string_buffer(99), 99"),
    "chmod": (90, "b'/tmp', 0o777"), "ptrace": (101, "16, 1, 0, 0"), "setuid": (105, "0"), "setsid": (112, ""), "mknod": (133, "b'/tmp/rlvr_left', 0o010777, 0"), "personality": (135, "0"),
    "setpriority": (141, "0, 0, -5"), "prctl": (157, "4, 1, 0, 0, 0"), "setrlimit": (160, "0, ctypes.create_string_buffer(16)"), "chroot": (161, "b'/'"), "mount": (165, "b'x', b'/mnt', b'tmpfs', 0, 0"),
    "init_module": (175, "0, 0, b''"), "tkill": (200, "1, 0"), "epoll_create": (213, "1"), "timer_create": (222, "0, 0, ctypes.create_string_buffer(8)"), "tgkill": (234, "1, 1, 0"),
    "mbind": (237, "0, 0, 0, 0, 0, 0"), "keyctl": (250, "0, 0, 0, 0, 0"), "inotify_init": (253, ""), "openat": (257, "-100, b'/etc/passwd', 0"), "newfstatat": (262, "-100, b'/etc/passwd', ctypes.create_string_buffer(200), 0"),
    "unshare": (272, "0x10000000"), "splice": (275, "3, 0, 1, 0, 1, 0"), "eventfd2": (290, "0, 0"), "pipe2": (293, "ctypes.create_string_buffer(8), 0"), "perf_event_open": (298, "0, 0, -1, -1, 0"),
    "prlimit64": (302, "0, 0, 0, ctypes.create_string_buffer(16)"), "open_by_handle_at": (304, "0, 0, 0"), "process_vm_readv": (310, "1, 0, 0, 0, 0, 0"), "process_vm_writev": (311, "1, 0, 0, 0, 0, 0"),
    "seccomp": (317, "0, 0, 0"), "memfd_create": (319, "b'x', 0"), "bpf": (321, "0, 0, 0"), "userfaultfd": (323, "0"), "statx": (332, "-100, b'/etc/passwd', 0, 0xfff, ctypes.create_string_buffer(256)"),
    "io_uring_setup": (425, "1, ctypes.create_string_buffer(120)"), "pidfd_open": (434, "1, 0"), "clone3": (435, "ctypes.create_string_buffer(88), 88"), "openat2": (437, "-100, b'/etc/passwd', ctypes.create_string_buffer(24), 24"),
    "pidfd_getfd": (438, "3, 0, 0"), "landlock_create_ruleset": (444, "0, 0, 1"), "mmap exec": (9, "0, 4096, 7, 0x22, -1, 0"), "mprotect exec": (10, "0, 4096, 4"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def planted() -> Iterator[int]:
    """Plant secrets in this process's environment and memory, an open file, and a server where a runtime's API listens."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    os.environ.update(dict.fromkeys(names, SECRET))
    for grader in (PLAIN, GUARDED):
        grader._sandbox.close()  # so that the zygotes start from here
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]
    for name in names:
        del os.environ[name]


@pytest.fixture
def _layers() -> None:
    """Skip where a layer is absent, and name it."""
    off = {name: state for name, state in probe().items() if state != "on"}
    if off:
        pytest.skip(f"layers absent here: {off}")


def _gained(source: str) -> tuple[bool, str]:
    """Whether a submission's ``attempt()`` returned something true; and how it ended if it did not return."""
    problem = PLAIN.problem({"entry_point": "attempt", "encoding": "repr", "cases": [{"expected": "424242"}]})
    graded = PLAIN.grade(source, problem)
    (outcome,) = graded.outcomes
    assert not outcome.passed
    returned = outcome.kind in {Kind.WRONG, Kind.UNSERIALISABLE}
    return returned and outcome.got not in {"None", "False", "0", "[]", "''", "{}"}, str(outcome)


@pytest.mark.usefixtures("_layers")
@pytest.mark.parametrize(("family", "body"), [(family, body) for family, bodies in ATTEMPTS.items() for body in bodies])
def test_no_attempt_gains_anything(family: str, body: str) -> None:
    """Neither in the function nor while the module is loaded."""
    gained, told = _gained(f"{OS}def attempt():\n    {body}\n")
    assert not gained, (family, told)

    loading = f"{OS}def go():\n    {body}\ngone = None\ntry:\n    gone = go()\nexcept BaseException:\n    pass\ndef attempt():\n    return bool(gone)\n"
    gained, told = _gained(loading)
    assert not gained, (family, told)


@pytest.mark.usefixtures("_layers")
@pytest.mark.parametrize("name", CALLS)
def test_no_system_call_of_consequence_is_allowed(name: str) -> None:
    """Not even for code that calls the kernel itself."""
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are x86-64's")
    number, arguments = CALLS[name]
    call = f"libc.syscall({number}{', ' if arguments else ''}{arguments})"
    gained, told = _gained(f"{CTYPES}def attempt():\n    return {call} >= 0\n")

    assert not gained, told


def test_the_attempts_are_many() -> None:
    """Each runs in the function and at load, beside the system calls."""
    assert 2 * sum(map(len, ATTEMPTS.values())) + len(CALLS) >= 200
    assert not Path("/tmp/rlvr_left").exists()  # noqa: S108  # where the attempts would have left something


@pytest.mark.parametrize("language_layer", [True, False])
@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (
            "def f():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
            Kind.TIME,
        ),
        ("import itertools\ndef f():\n    return sum(itertools.repeat(1))", Kind.TIME),
        ("def f():\n    return 10 ** 10 ** 9", Kind.TIME),
        ("import time\ndef f():\n    time.sleep(60)", Kind.TIME),
        ("def f():\n    return [0] * 10 ** 10", Kind.MEMORY),
        ("def f():\n    x = []\n    while True: x.append(bytearray(1 << 20))", Kind.MEMORY),
        ("def f():\n    while True: print('x' * 10_000)", Kind.OUTPUT),
        ("import sys\ndef f():\n    while True: sys.stdout.write('x' * 10 ** 6)", Kind.OUTPUT),
        ("def f():\n    return f()", Kind.ERROR),
        ("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f():\n    return f()", Kind.MEMORY),
        ("def f():\n    raise SystemExit(0)", Kind.EXITED),
        ("def f():\n    raise KeyboardInterrupt", Kind.ERROR),
        ("def f():\n    return g()", Kind.ERROR),
        ("def g():\n    return 1", Kind.MISSING),
        ("raise ValueError('at load')", Kind.ERROR),
        ("def f():\n    return object()", Kind.UNSERIALISABLE),
        ("def f():\n    x = []\n    x.append(x)\n    return x", Kind.UNSERIALISABLE),
        ("def f():\n    return list(range(2_000_000))", Kind.UNSERIALISABLE),
        ("def f():\n    return 2", Kind.WRONG),
    ],
    ids=lambda value: str(value).replace("\n", " ")[:40],
)
def test_misdeeds_end_as_what_they_are(source: str, kind: Kind, *, language_layer: bool) -> None:
    """And the next submission is served as if nothing had been."""
    # Filling 256 MB page by page, or writing a million tokens, takes a quarter second of a quiet machine.
    is_recursion = "10 ** 9)" in source
    seconds = 5.0 if kind in {Kind.MEMORY, Kind.UNSERIALISABLE} and not is_recursion else 0.2
    memory_mb = 128 if is_recursion else 256
    options = TestsOptions(
        language_layer=language_layer, test_seconds=seconds, submission_seconds=2 * seconds, memory_mb=memory_mb
    )
    grader = Grader(options)
    problem = grader.problem({"asserts": ["assert f() == 1"]})
    got = grader.grade(source, problem).outcomes[0].kind

    alike = {Kind.MEMORY, Kind.CRASHED, Kind.TIME, Kind.ERROR} if is_recursion else {kind}
    assert got in alike
    assert grader.grade("def f():\n    return 1\n", problem).all_passed


@pytest.mark.usefixtures("_layers")
@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("os._exit(0)", {Kind.EXITED}),
        ("os.kill(os.getpid(), 9)", {Kind.ERROR}),
        ("os.abort()", {Kind.CRASHED}),
        ("os.close(3)", {Kind.EXITED}),
        ("os.write(3, b'\\0\\0\\0\\x09[\"value\"]')", {Kind.PROTOCOL}),
        ("os.write(3, b'\\xff' * 100)", {Kind.PROTOCOL}),
        ("os.write(3, b'\\0\\0\\0\\x0d[\"value\",1,1]' + b'x')", {Kind.PROTOCOL}),
        ("[os.write(3, b'\\0\\0\\0\\x0d[\"value\",%d,1]' % n) for n in range(9)]", {Kind.PROTOCOL}),
        ("os.write(3, b'\\0\\0\\0\\x10[\"callback\",0,1]' )", {Kind.PROTOCOL}),
    ],
)
def test_forged_answers_and_early_ends_fail_the_test(body: str, kinds: set[Kind]) -> None:
    """A verdict is what the trusted side makes of a value; a process can only stop answering."""
    problem = PLAIN.problem({"asserts": ["assert f() == 424242", "assert f() == 424242"]})
    graded = PLAIN.grade(f"import os\ndef f():\n    {body}\n", problem)

    assert not any(outcome.passed for outcome in graded.outcomes)
    assert {outcome.kind for outcome in graded.outcomes} <= kinds | {Kind.WRONG}


def test_nothing_is_left_for_the_next_submission() -> None:
    """Each has a process of its own."""
    problem = PLAIN.problem({"asserts": ["assert f() == 1"]})
    PLAIN.grade("import builtins, math\nbuiltins.left = 1\nmath.pi = 3\ndef f():\n    return 1\n", problem)
    source = "import math\ndef f():\n    return 1 if math.pi > 3.1 and 'left' not in dir(__builtins__) else 2\n"

    assert PLAIN.grade(source, problem).all_passed


def test_submissions_are_random_in_the_same_way() -> None:
    """Seeds, hashes and the time zone are fixed."""
    source = "import random, time\ndef f():\n    return [random.random(), hash('x'), time.tzname[0], list({'a', 'b', 'c'})]\n"
    problem = PLAIN.problem({"asserts": ["assert f() == 1"]})
    seen = {PLAIN.grade(source + f"# {each}\n", problem).outcomes[0].got for each in range(5)}

    assert len(seen) == 1


def test_alike_submissions_run_once() -> None:
    """With the same tests."""
    grader = Grader()
    problem = grader.problem({"asserts": ["assert f() == 1"]})
    first = grader.grade("def f():\n    return 1\n", problem)

    assert grader.grade("def f():\n    return 1\n", problem) is first
    assert grader.grade("def f():\n    return 1\n#", problem) is not first


@pytest.mark.usefixtures("_layers")
def test_rounds_of_misdeeds_leave_nothing_behind() -> None:
    """No process, no zombie, no descriptor."""
    grader = Grader(
        TestsOptions(language_layer=False, test_seconds=0.05, submission_seconds=0.1, output_kb=64, memory_mb=512)
    )
    misdeeds = (
        "import os\ndef f():\n    while True: os.fork()",
        "def f():\n    while True: print('x' * 10_000)",
        "def f():\n    return bytearray(1 << 40)",
        "import os\ndef f():\n    os._exit(0)",
        "def f():\n    while True: pass",
        "def f():\n    return f()",
        "import os\ndef f():\n    os.close(3)",
        "import _thread\ndef f():\n    while True: _thread.start_new_thread(print, ())",
    )
    problem = grader.problem({"asserts": ["assert f() == 1"]})
    grader.grade("def f():\n    return 1\n", problem)
    grader._sandbox.settle()
    descriptors = _descriptors()
    for number in range(1_000 if LONG else 40):
        source = f"{misdeeds[number % len(misdeeds)]}\n# {number}\n"
        assert not grader.grade(source, problem).all_passed
    assert grader.grade("def f():\n    return 1\n#last\n", problem).all_passed
    grader._sandbox.settle()

    assert len(_children_of_zygotes(grader)) <= grader._sandbox.settings.spares
    assert _descriptors() <= descriptors + 3 * grader._sandbox.settings.spares


def _descriptors() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def _children_of_zygotes(grader: Grader) -> list[str]:
    found = []
    for zygote in grader._sandbox._zygotes.values():
        path = Path(f"/proc/{zygote._program.pid}/task/{zygote._program.pid}/children")
        found += path.read_text().split() if path.exists() else []
    return found


def test_a_lost_zygote_is_replaced() -> None:
    """Whatever ended it; what it had started ends with it."""
    grader = Grader(TestsOptions(submission_seconds=5.5))
    problem = grader.problem({"asserts": ["assert f() == 1"]})
    assert grader.grade("def f():\n    return 1\n", problem).all_passed
    for zygote in grader._sandbox._zygotes.values():
        os.kill(zygote._program.pid, signal.SIGKILL)
        zygote._program.wait()

    assert grader.grade("def f():\n    return 1\n# again\n", problem).all_passed


@pytest.mark.parametrize(
    ("program", "rooms", "foreign"),
    [
        (SUBMISSIONS, {"inside", "wire", "zygote"}, {"RestrictedPython"}),
        (REFEREES, {"problems", "referee", "trusted", "wire", "zygote"}, set()),
    ],
)
def test_a_zygote_imports_its_rooms_and_the_standard_library(program: str, rooms: set[str], foreign: set[str]) -> None:
    """A module in its memory is in the memory of each process that it forks."""
    import RestrictedPython

    roots = [str(Path(str(each.__file__)).parents[1]) for each in (rlvr_code, RestrictedPython)]
    code = f"import sys; sys.path[:0] = {roots!r}; import {program}; print(*sys.modules)"
    flags = ["-s", "-S", "-P", "-B", "-X", "utf8"]
    printed = subprocess.run([sys.executable, *flags, "-c", code], env={}, capture_output=True, text=True, check=True)
    modules = [each.split(".") for each in printed.stdout.split()]

    assert {root for root, *_ in modules} - sys.stdlib_module_names == {"__main__", "rlvr_code", *foreign}
    assert {rest[0] for root, *rest in modules if root == "rlvr_code" and rest} == rooms
    assert ["rlvr_code", "problems", "fields"] not in modules


def test_a_required_layer_that_is_absent_stops_the_start() -> None:
    """It is named, with what there is."""
    with pytest.raises(SandboxError, match="force_field"):
        Grader(TestsOptions(required_layers=("force_field",)))


def test_the_limit_is_of_cpu_time() -> None:
    """Load on the machine does not change verdicts: the clock runs only while the submission does."""
    grader = Grader(TestsOptions(test_seconds=1.0, submission_seconds=2.0))
    problem = grader.problem({"asserts": ["assert f() == 1"]})
    source = "import time\ndef f():\n    time.sleep(0.6)\n    end = time.process_time() + 0.6\n    while time.process_time() < end: pass\n    return 1\n"
    start = time.monotonic()

    assert grader.grade(source, problem).all_passed
    assert time.monotonic() - start > 1.0


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_decides_as_listed(machine: str) -> None:
    """Interpreted instruction by instruction, for machines that are not here."""
    architecture = ARCHITECTURES[machine]
    written = program(architecture)

    def run(number: int, third: int = 0, audit: int = architecture.audit) -> int:
        return _interpreted(written, number, audit, third)

    assert run(architecture.calls["read"]) == ALLOW
    assert run(architecture.calls["mmap"], 3) == ALLOW
    assert run(architecture.calls["mmap"], 7) == REFUSE
    assert run(architecture.calls["read"], audit=1) == KILL
    refused = [number for number in range(600) if run(number) != ALLOW]
    assert set(range(600)) - set(refused) == set(architecture.calls.values()) - {architecture.calls["clone3"]}


def _interpreted(written: list[tuple[int, int, int, int]], number: int, audit: int, third: int) -> int:
    position = accumulator = 0
    while True:
        code, if_true, if_false, value = written[position]
        position += 1
        if code == RETURN:
            return value
        if code == LOAD:
            accumulator = {0: number, 4: audit, 32: third}[value]
        else:
            holds = {EQUALS: accumulator == value, AT_LEAST: accumulator >= value, ANY_BIT: bool(accumulator & value)}
            position += if_true if holds[code] else if_false
