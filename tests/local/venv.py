"""Make the pinned virtual environments under .venv/: `python3 tests/local/venv.py cloud sam dev`.

Runs on the bare host python, so it uses the standard library alone. An environment is used only if its stamp names this
very lock file and this python, and it stands where it was made: an interrupted installation has no stamp.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import Iterator, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OLDEST, NEWEST = (3, 11), (3, 13)
SAY_EVERY_SECONDS = 5
WHAT_FOR = {
    "cloud": "the local cloud",
    "clients": "other clients of SDRS",
    "command": "the command standdown",
    "release": "a release",
    "sam": "the SAM CLI",
    "dev": "tests and checks",
    "fuzz": "the fuzzer",
    "mutation": "planted faults",
    "node": "what judges policies and pages",
    "scan": "the scanners",
    "trouble": "trouble with AWS",
}


def main(names: Sequence[str]) -> int:
    """Make each environment that is named and not there yet; return the exit status."""
    problem = unsuitable()
    if problem:
        sys.stderr.write("standdown: %s\n" % problem)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for name in names:
            make(name)
    except KeyboardInterrupt:
        sys.stderr.write("\nstanddown: interrupted; the next run starts the unfinished environment anew\n")
        return 130
    except subprocess.CalledProcessError as error:
        sys.stderr.write("standdown: setting up failed (exit status %d)\n" % error.returncode)
        return 1
    return 0


def unsuitable() -> str | None:
    """Say why this python cannot be used, or return None."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        return "python %d.%d to %d.%d is needed, %s is %d.%d: try e.g. make PYTHON=python3.12" % (
            OLDEST + NEWEST + (sys.executable,) + version
        )
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            return "%s has no module %r (Debian and Ubuntu: apt install python3-venv)" % (sys.executable, module)
    return None


def make(name: str) -> None:
    """Make one environment, unless it stands already."""
    folder = os.path.join(ROOT, ".venv", name)
    lock = os.path.join(ROOT, "tests", "requirements", name + ".txt")
    if stale(folder, lock) is None:
        return
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with only_one(folder + ".lock"):
        why = stale(folder, lock)
        if why is None:
            return
        shutil.rmtree(folder, ignore_errors=True)
        say("%s: making .venv/%s with python %s%s" % (WHAT_FOR[name], name, sys.version.split()[0], why))
        with temporary(folder + ".temporary") as environment:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, env=environment)
            install(name, os.path.join(folder, "bin", "python"), lock, environment)
            install_packages_of_node(folder, npm_lock(lock))
        with open(os.path.join(folder, "stamp"), "w", encoding="ascii") as out:
            out.write(key(lock))
        say(".venv/%s is ready" % name)


def stale(folder: str, lock: str) -> str | None:
    """Return why the environment must be made, empty where there is none yet; None where it stands."""
    stamp = read(os.path.join(folder, "stamp"))
    if not stamp:
        return ""
    if stamp != key(lock):
        return " (its lock file or python is another one now)"
    # Its commands name the python of the folder in which it was made: after a move they start nothing, or another's.
    settings = read(os.path.join(folder, "pyvenv.cfg")).splitlines()
    made = [line.partition(" -m venv ")[2] for line in settings if line.startswith("command = ")]
    here = [os.path.realpath(place) for place in made] == [os.path.realpath(folder)]
    return None if here else " (it was made in another folder)"


@contextlib.contextmanager
def temporary(folder: str) -> Iterator[dict[str, str]]:
    """Give an environment whose temporary files are put into a folder of their own, and remove that folder."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    try:
        yield {**os.environ, "TMPDIR": folder}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install(name: str, python: str, lock: str, environment: dict[str, str]) -> None:
    """Install what the lock file pins, telling every few seconds how far it has come."""
    command = [python, "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-deps", "--no-input"]
    # Compiling every module ahead took as long as the rest; Python compiles those that are used, and keeps them.
    command += ["--no-compile", "--disable-pip-version-check", "--progress-bar", "off", "--requirement", lock]
    progress = Progress(name, total(lock))
    pipe, out = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=out, text=True) as pip, progress:
        tail: list[str] = []
        try:
            for line in pip.stdout or ():
                tail = [*tail, line][-40:]
                progress.see(line)
        except BaseException:
            pip.terminate()
            raise
        status = pip.wait()
    if status:
        sys.stderr.write("".join(tail))
        raise subprocess.CalledProcessError(status, command)


def npm_lock(lock: str) -> str:
    """Return the lock file of the packages of Node that belong to an environment; most have none."""
    return os.path.join(os.path.splitext(lock)[0], "package-lock.json")


def install_packages_of_node(folder: str, lock: str) -> None:
    """Install what npm's lock file pins by its hashes, and run no script of any package."""
    if not os.path.exists(lock):
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(os.path.dirname(lock), name), folder)
    command = [
        os.path.join(folder, "bin", "npm"),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


class Progress:
    """Tells how far pip has come, at least every few seconds."""

    def __init__(self, name: str, packages: int) -> None:
        """Start counting towards that many packages."""
        self.name, self.packages, self.fetched, self.unpacking = name, packages, 0, False
        self.done = threading.Event()
        self.teller = threading.Thread(target=self.tell, daemon=True)

    def __enter__(self) -> None:
        """Start telling."""
        self.teller.start()

    def __exit__(self, *_: object) -> None:
        """Stop telling."""
        self.done.set()
        self.teller.join()

    def see(self, line: str) -> None:
        """Take note of one line of pip's output."""
        if line.startswith("Collecting "):
            self.fetched += 1
        elif line.startswith("Installing collected"):
            self.unpacking = True

    def tell(self) -> None:
        """Say where it stands until it is done."""
        while not self.done.wait(SAY_EVERY_SECONDS):
            fetched = "fetched %d of %d packages" % (min(self.fetched, self.packages), self.packages)
            say(".venv/%s: %s" % (self.name, "unpacking" if self.unpacking else fetched))


def total(lock: str) -> int:
    """Count the packages that a lock file pins."""
    return sum("==" in line and not line.startswith((" ", "#")) for line in read(lock).splitlines())


def key(lock: str) -> str:
    """Return what the stamp of a finished environment says: this lock file, npm's, this python."""
    ident = "%s%s\n%s\n%s" % (read(lock), read(npm_lock(lock)), sys.version, os.path.realpath(sys.executable))
    return hashlib.sha256(ident.encode("utf-8")).hexdigest()


def read(path: str) -> str:
    """Return a file's text, empty where there is none."""
    try:
        with open(path, encoding="utf-8") as source:
            return source.read()
    except OSError:
        return ""


@contextlib.contextmanager
def only_one(path: str) -> Iterator[None]:
    """Wait until no other run makes the same environment."""
    with open(path, "w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def say(text: str, started: float = time.monotonic()) -> None:
    """Print one line with the seconds since the start."""
    print("[%6.1f s] %s" % (time.monotonic() - started, text), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
