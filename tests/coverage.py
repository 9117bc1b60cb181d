# SPDX-License-Identifier: MIT
"""Runs the tests with a coverage build and tells which lines of src ran, per file and in all, and which did not.

    coverage.py BUILD_FOLDER LEAST SUITE...

Ends with status 1 when less than LEAST percent ran. Whether tests pass is for `make check` to say: some can
not here, because counters are written at the end of a process, to files, which the sandbox forbids;
coverage_sandbox.c takes it out. Each suite counts in a folder of its own, because a process that is killed
while it writes leaves counters that nobody can read.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def counters_folder(build, suite):
    """An empty folder for the counters, which also a process that became nobody can write to."""
    folder = build / "counters" / suite
    shutil.rmtree(folder, ignore_errors=True)
    for note in [*build.glob("*.gcno"), *build.glob("*/*.gcno")]:
        if note.parent.name != "tests":
            copy = folder / note.relative_to(build)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(note, copy)
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        path.chmod(0o777)
    return folder


def run(build, suite):
    folder = counters_folder(build, suite)
    sandbox = build / "coverage_sandbox.so"
    env = {**os.environ, "GCOV_PREFIX": str(folder), "GCOV_PREFIX_STRIP": str(len(build.parts) - 1),
           "SPFPOLICYD": str(build / "spfpolicyd"), "LD_PRELOAD": str(sandbox)}
    if suite == "unit":
        for test in sorted((build / "tests").glob("test_*")):
            if test.suffix == "":
                subprocess.run([test], env=env, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        done = subprocess.run([sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no",
                               str(ROOT / "tests" / suite)], env=env, check=False, stdout=subprocess.PIPE, text=True)
        print(f"{suite}: {done.stdout.strip().splitlines()[-1]}", flush=True)
    return folder


def add_lines(folder, found):
    """Adds {file: {line number: times}} of the files of src that the counters in the folder tell of."""
    for note in sorted(folder.rglob("*.gcno")):
        done = subprocess.run([os.environ.get("GCOV", "gcov"), "--json-format", "--stdout", str(note)], cwd=ROOT,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for document in done.stdout.splitlines():
            for file in json.loads(document)["files"]:
                if not file["file"].startswith("src/") or not file["file"].endswith(".c"):
                    continue
                lines = found.setdefault(file["file"], {})
                for line in file["lines"]:
                    lines[line["line_number"]] = lines.get(line["line_number"], 0) + line["count"]


def ranges(missing, known):
    """Numbers in the form 3-5, 9; lines without code do not break a range."""
    parts = [None]
    for number in known:
        if number not in missing:
            parts.append(None)
        elif parts[-1]:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in filter(None, parts))


def main():
    build, least = pathlib.Path(sys.argv[1]).resolve(), float(sys.argv[2])
    os.umask(0)
    found = {}
    for suite in sys.argv[3:]:
        add_lines(run(build, suite), found)
    if not found:
        sys.exit(f"coverage: {build} is not a coverage build")
    ran_in_all = known_in_all = 0
    for name, lines in sorted(found.items()):
        missing = {number for number, count in lines.items() if count == 0}
        ran = len(lines) - len(missing)
        ran_in_all += ran
        known_in_all += len(lines)
        print(f"{name:30} {ran:4}/{len(lines):<4} {100 * ran / len(lines):6.1f} %  "
              f"{ranges(missing, sorted(lines))}".rstrip())
    percent = 100 * ran_in_all / known_in_all
    print(f"{'in all':30} {ran_in_all:4}/{known_in_all:<4} {percent:6.1f} %")
    if percent < least:
        sys.exit(f"coverage: less than {least} %")


if __name__ == "__main__":
    main()
