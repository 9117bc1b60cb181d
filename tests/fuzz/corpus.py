#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The corpus of a fuzz target as one text file, tests/fuzz/NAME.corpus, and as a folder for libFuzzer.

    corpus.py unpack FILE FOLDER    writes each input of FILE to FOLDER
    corpus.py pack FOLDER FILE      writes FILE with each input of FOLDER

One input a line, between double quotes: printable ASCII as it is, the rest (and \\ and ") as \\n, \\r,
\\t, \\\\, \\" or \\xNN. A word before the quotes is the name of a seed written by hand; those come
first and minimising leaves them alone. Others are named by the SHA-1 of their bytes, as libFuzzer names
them, in the order of their text. Lines that begin with # are comments; packing keeps none.
"""

import hashlib
import os
import re
import sys

LINE = re.compile(r'(?:([a-z][a-z0-9-]*) )?"((?:[^"\\]|\\.)*)"')
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
BYTES = {text: byte for byte, text in ESCAPES.items()}
FOUND = re.compile(r"[0-9a-f]{40}")


def escape(data):
    return "".join(ESCAPES.get(c) or (c if " " <= c <= "~" else f"\\x{ord(c):02x}")
                   for c in data.decode("latin-1"))


def unescape(text):
    """The bytes of what stands between the quotes; ValueError when that is not what escape() writes."""
    data = re.sub(r"\\(?:x([0-9a-f]{2})|.)",
                  lambda m: chr(int(m[1], 16)) if m[1] else BYTES.get(m[0], m[0]), text)
    data = data.encode("latin-1")
    if escape(data) != text:
        raise ValueError(f"not escaped as it should be: {text}")
    return data


def read(path):
    """The inputs of a corpus file: a dict of file name to bytes."""
    inputs = {}
    with open(path, encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#"):
                continue
            match = LINE.fullmatch(line.rstrip("\n"))
            if not match:
                raise ValueError(f'{path}:{number}: expected [NAME ]"INPUT"')
            data = unescape(match[2])
            name = match[1] or hashlib.sha1(data).hexdigest()
            if name in inputs:
                raise ValueError(f"{path}:{number}: {name} twice")
            inputs[name] = data
    return inputs


def lines(inputs):
    """The lines of a corpus file, seeds first."""
    seeds = sorted(name for name in inputs if not FOUND.fullmatch(name))
    found = sorted({escape(data) for name, data in inputs.items() if FOUND.fullmatch(name)})
    return [f'{name} "{escape(inputs[name])}"' for name in seeds] + [f'"{text}"' for text in found]


def unpack(path, folder):
    os.makedirs(folder, exist_ok=True)
    for name, data in (read(path) if os.path.exists(path) else {}).items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def pack(folder, path):
    inputs = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            inputs[name] = file.read()
    with open(path + ".new", "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in lines(inputs))
    os.replace(path + ".new", path)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    (pack if sys.argv[1] == "pack" else unpack)(*sys.argv[2:])
