#!/usr/bin/env python3
"""Looks for functions that no test calls: called.py HEADER SOURCES... Each function of the header must be used by its name in one of the
sources, in what is neither a comment nor a string; those that are not are printed."""

import re
import sys
from pathlib import Path

NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.DOTALL)
FUNCTION = re.compile(r"(?<!\(\*)\b(linkwa_\w+)\(")
NAME = re.compile(r"\blinkwa_\w+")


def code(path):
    return NO_CODE.sub(" ", Path(path).read_text())


def main(header, *sources):
    functions = set(FUNCTION.findall(code(header)))
    forgotten = functions - {name for source in sources for name in NAME.findall(code(source))}
    for name in sorted(forgotten):
        print(f"no test calls {name}()")
    return 1 if forgotten or not functions else 0


sys.exit(main(*sys.argv[1:]))
