#!/usr/bin/env python3
"""Runs biro as people do and compares what it prints.

    tests/e2e/run.py BIRO [--update] [--jobs N] [NAME…]

A case is one text file, cases/NAME.case:

    # What it shows.
    $ biro check -p policy.yaml pod.yaml
    exit 1
    -- pod.yaml --
    apiVersion: v1
    …

Commands run one after the other, by sh, in a fresh folder that holds the files; a file whose text starts with "#!" is
executable, and bin/ comes first in PATH. "use NAME…" brings files (or folders) from files/. Below a command may stand

    exit N                      its exit code, when it is not 0
    tty stdout|stderr|both      what is a terminal (80 columns) for it; both: they come out mixed, as stdout
    match stdout|stderr REGEX   this is found in the stream, whose text then is not compared
    stream stdout|stderr none   the stream is not compared (nor shown)
    needs COMMAND               the case is skipped when this command fails

What was printed is compared with ../golden/cmd/NAME.txt; --update writes that file. Version, times and the folder's name are
replaced first.
"""
import argparse
import concurrent.futures
import difflib
import os
import pathlib
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import fcntl
import termios

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden" / "cmd"
TIMEOUT = 240


class Command:
    def __init__(self, text):
        self.text = text
        self.exit = 0
        self.tty = None
        self.matches = []
        self.hidden = set()


class Case:
    def __init__(self, path):
        self.name = path.stem
        self.commands = []
        self.needs = []
        self.files = {}
        self.used = []
        name = None
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            mark = re.fullmatch(r"-- (\S+) --\n", line)
            if mark:
                name = mark.group(1)
                self.files[name] = ""
            elif name is not None:
                self.files[name] += line
            else:
                self.directive(line.rstrip("\n"), path)
        if not self.commands:
            raise SystemExit(f"{path}: no command")

    def directive(self, line, path):
        word, _, rest = line.partition(" ")
        if not line or word == "#":
            return
        if word == "$":
            self.commands.append(Command(rest))
        elif word == "use":
            self.used += rest.split()
        elif word == "needs":
            self.needs.append(rest)
        elif word == "exit":
            self.commands[-1].exit = int(rest)
        elif word == "tty":
            self.commands[-1].tty = rest
        elif word == "match":
            stream, _, regex = rest.partition(" ")
            self.commands[-1].matches.append((stream, regex))
            self.commands[-1].hidden.add(stream)
        elif word == "stream":
            self.commands[-1].hidden.add(rest.split()[0])
        else:
            raise SystemExit(f"{path}: cannot read: {line}")


def write_files(case, folder):
    for name in case.used:
        source = HERE / "files" / name
        if source.is_dir():
            shutil.copytree(source, folder / source.name)
        else:
            shutil.copy(source, folder / source.name)
    for name, text in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)


def environment(biro, folder):
    env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE",
                                               "GCOV_PREFIX", "GCOV_PREFIX_STRIP") if name in os.environ}
    env["PATH"] = f"{folder}/bin:{folder}/.biro:{env.get('PATH', '/usr/bin:/bin')}"
    env.update(HOME=str(folder), LC_ALL="C.UTF-8", TERM="xterm-256color", TZ="UTC", SOURCE_DATE_EPOCH="1784894400")
    env.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
    (folder / ".biro").mkdir()
    (folder / ".biro" / "biro").symlink_to(biro)
    return env


def run_plain(command, folder, env):
    done = subprocess.run(["sh", "-c", command.text], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT, check=False)
    return done.stdout, done.stderr, done.returncode


def run_terminal(command, folder, env):
    """stdout and/or stderr are a pseudo-terminal; the other is a pipe."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    for name in ("stdout", "stderr") if command.tty == "both" else (command.tty,):
        ends[name] = terminal
    child = subprocess.Popen(["sh", "-c", command.text], cwd=folder, env=env, stdin=subprocess.DEVNULL, **ends)
    os.close(terminal)
    pipes = {controller: b""}
    for stream in (child.stdout, child.stderr):
        if stream:
            pipes[stream.fileno()] = b""
    open_ends = set(pipes)
    while open_ends:
        ready, _, _ = select.select(list(open_ends), [], [], TIMEOUT)
        if not ready:
            child.kill()
            break
        for fd in ready:
            try:
                data = os.read(fd, 65536)
            except OSError:
                data = b""
            if data:
                pipes[fd] += data
            else:
                open_ends.discard(fd)
    code = child.wait()
    shown = pipes[controller]
    os.close(controller)
    other = b"".join(text for fd, text in pipes.items() if fd != controller)
    for stream in (child.stdout, child.stderr):
        if stream:
            stream.close()
    if command.tty == "stderr":
        return other, shown, code
    return shown, other, code


def normalise(data, folder, version):
    text = data.decode("utf-8", "backslashreplace").replace(str(folder), "$FOLDER").replace("\x1b", "␛").replace("\r", "␍")
    text = re.sub(r"\b%s\b" % re.escape(version), "VERSION", text)
    text = re.sub(r'("seconds"|seconds|time)([=:] ?"?)[0-9][0-9.e+-]*', r"\1\2N", text)
    return re.sub(r"\b[0-9]+(\.[0-9]+)? (ms|s|µs)\b", r"N \2", text)


def run_case(case, biro, version):
    """The transcript, and what went wrong."""
    wrong = []
    with tempfile.TemporaryDirectory(prefix="biro-e2e-") as name:
        folder = pathlib.Path(name).resolve()
        write_files(case, folder)
        env = environment(biro, folder)
        for need in case.needs:
            if subprocess.run(["sh", "-c", need], env=env, cwd=folder, capture_output=True, check=False).returncode != 0:
                return None, wrong
        transcript = ""
        for command in case.commands:
            run = run_terminal if command.tty else run_plain
            out, err, code = run(command, folder, env)
            streams = {"stdout": normalise(out, folder, version), "stderr": normalise(err, folder, version)}
            if "Sanitizer" in streams["stderr"] or "runtime error:" in streams["stderr"]:
                wrong.append(f"sanitizer:\n{streams['stderr']}")
            if code != command.exit:
                wrong.append(f"$ {command.text}\nexit code {code} instead of {command.exit}\n{streams['stderr']}")
            for stream, regex in command.matches:
                if not re.search(regex, streams[stream]):
                    wrong.append(f"$ {command.text}\n{stream} does not match {regex}:\n{streams[stream]}")
            transcript += f"$ {command.text}\n"
            for stream, text in streams.items():
                if stream not in command.hidden and text:
                    transcript += f"--- {stream}\n{text}" + ("" if text.endswith("\n") else "\n--- (no newline)\n")
            transcript += f"--- exit {code}\n"
        subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=False, capture_output=True)
    return transcript, wrong


def compare(case, transcript, update):
    golden = GOLDEN / f"{case.name}.txt"
    if update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(transcript, encoding="utf-8")
        return []
    expected = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if expected == transcript:
        return []
    return ["".join(difflib.unified_diff(expected.splitlines(True), transcript.splitlines(True), str(golden), "printed"))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("biro")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    biro = pathlib.Path(options.biro).resolve()
    version = subprocess.run([biro, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    cases = [Case(path) for path in sorted((HERE / "cases").glob("*.case")) if not options.names or path.stem in options.names]
    if not cases:
        raise SystemExit("no such case")
    passed = failed = skipped = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for case, (transcript, wrong) in zip(cases, pool.map(lambda c: run_case(c, biro, version), cases)):
            if transcript is None:
                skipped += 1
                print(f"skipped {case.name}: it needs: {'; '.join(case.needs)}")
                continue
            wrong += compare(case, transcript, options.update)
            if wrong:
                failed += 1
                print(f"FAILED {case.name}", *wrong, sep="\n")
            else:
                passed += 1
    if not options.names and not options.update:
        for golden in sorted(GOLDEN.glob("*.txt")):
            if not (HERE / "cases" / f"{golden.stem}.case").exists():
                failed += 1
                print(f"FAILED {golden}: there is no such case")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
