#!/usr/bin/env python3
"""Reads what include/linkwa.h declares, for test_boundary.c: functions.py HEADER SYMBOLS... prints a table in C.

Each function of the header is one line: FUNCTION(name, GIVES_..., "function that frees it", out-parameters). An out-parameter of an
object is {position, "function that frees it"}. A position counts the arguments that are not floating point numbers, from 0.

SYMBOLS are files with one symbol a line (# begins a comment): each must have the functions of the header and no other.
"""

import re
import sys
from pathlib import Path

COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
FUNCTION = re.compile(r"((?:const )?\w+ \**)(linkwa_\w+)\(([^()]*)\);")
ENUM = re.compile(r"typedef enum[^{]*\{[^}]*\}\s*(\w+);")
TYPEDEF = re.compile(r"\btypedef [^;{(]*?(?:\{[^}]*\}\s*|\(\*)?(\w+)(?:\)\(|;)")
INTEGERS = {"int32_t", "uint32_t", "int64_t", "uint64_t", "size_t"}


def declared(header):
    """Returns the functions: name -> (return type, arguments)."""
    text = " ".join(COMMENTS.sub(" ", header).split())
    functions = {name: (gives.strip(), arguments) for gives, name, arguments in FUNCTION.findall(text)}
    # Everything that looks like a function must have been read.
    calls = set(re.findall(r"(?<!\(\*)\b(linkwa_\w+)\(", text))
    if calls != set(functions):
        raise ValueError(f"not understood: {sorted(calls ^ set(functions))}")
    # cbindgen.toml renames the types that C does not have.
    foreign = [name for name in TYPEDEF.findall(text) if not name.startswith("linkwa_")]
    if foreign:
        raise ValueError(f"types without linkwa_: {foreign}")
    return functions, set(ENUM.findall(text))


def kind(gives, enums):
    """Returns the kind of a return type, and the function that frees it."""
    if gives.endswith("*"):
        owned = re.fullmatch(r"(linkwa_\w+) \*", gives)
        return ("GIVES_OBJECT", f'"{owned[1]}_free"') if owned else ("GIVES_POINTER", "NULL")
    if gives == "linkwa_status":
        return "GIVES_STATUS", "NULL"
    if gives in INTEGERS or gives in enums:
        wide = "64" in gives or gives == "size_t"
        return ("GIVES_LONG" if wide else "GIVES_INT"), "NULL"
    if gives not in ("void", "bool"):
        raise ValueError(f"unknown return type: {gives}")
    return ("GIVES_NOTHING" if gives == "void" else "GIVES_BOOL"), "NULL"


def out_parameters(arguments):
    """Returns which arguments are out-parameters for objects."""
    position = 0
    for argument in arguments.split(","):
        found = re.fullmatch(r"\s*(linkwa_\w+) \*\*\w+\s*", argument)
        if found:
            yield f'{{{position}, "{found[1]}_free"}}'
        position += not argument.strip().startswith(("double", "float"))
    if position > 10:
        raise ValueError(f"more than ten arguments: {arguments}")


def symbols(path):
    lines = (line.split("#")[0].strip() for line in Path(path).read_text().splitlines())
    return {line for line in lines if line}


def main(header, *lists):
    functions, enums = declared(Path(header).read_text())
    same = True
    for path in lists:
        listed = symbols(path)
        for name in sorted(listed ^ set(functions)):
            where = "is not in the header" if name in listed else "is in the header alone"
            print(f"{path}: {name} {where}", file=sys.stderr)
            same = False
    for name, (gives, arguments) in functions.items():
        table = ", ".join(out_parameters(arguments))
        print(f"FUNCTION({name}, {', '.join(kind(gives, enums))}, {{{table}{', ' if table else ''}{{-1, NULL}}}})")
    return 0 if same else 1


sys.exit(main(*sys.argv[1:]))
