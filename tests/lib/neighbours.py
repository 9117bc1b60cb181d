# SPDX-License-Identifier: MIT
"""The lines that spfpolicyd-neighbours(7) and README print for other programs, to be used as they stand.

    lines("OpenDMARC", "main.cf")     what the manual's section says for that file
"""

import os
import re

from lib.policy import ROOT

MANUAL = os.path.join(ROOT, "man", "spfpolicyd-neighbours.7")
README = os.path.join(ROOT, "README.md")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def by_file(blocks):
    """{file: lines}; the first line of a block, a comment, names the file."""
    found = {}
    for block in blocks:
        first, _, rest = block.partition("\n")
        assert first.startswith("# ") and first[2:] not in found and rest, block
        found[first[2:]] = rest
    return found


def of_manual():
    """{title: {file: lines}} of the manual."""
    parts = re.split(r"^\.S[sh] (.*)$", read(MANUAL), flags=re.MULTILINE)
    found = {title: by_file(re.findall(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed$", body, re.MULTILINE | re.DOTALL))
             for title, body in zip(parts[1::2], parts[2::2])}
    return {title: files for title, files in found.items() if files}


def of_readme():
    """The same of README's section, where a block is indented by four."""
    section = re.search(r"^## Living with other programs\n(.*?)^## ", read(README), re.MULTILINE | re.DOTALL)[1]
    parts = re.split(r"^### (.*)$", section, flags=re.MULTILINE)
    return {title: by_file(re.findall(r"^# .*\n(?:(?!# ).*\n)*", "".join(re.findall(r"^    (.*\n)", body, re.MULTILINE)),
                                      re.MULTILINE))
            for title, body in zip(parts[1::2], parts[2::2])}


def lines(title, file, places=None):
    """Their text, with what a test has elsewhere in the place of what the page names; each must be there."""
    text = of_manual()[title][file]
    for old, new in (places or {}).items():
        assert old in text, f"{title}, {file}: no {old}"
        text = text.replace(old, new)
    return text
