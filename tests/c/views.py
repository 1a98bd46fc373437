"""The getters of linkwa.hpp that return a view, also of a temporary object: tests/c/views.py HEADER

A class that owns an object of C declares such a getter with LINKWA_OWNED or LINKWA_OWNED_ONLY, or for `const &` and `const &&`; those
that it inherits too. Prints the others, and fails if there is one.
"""

import re
import sys

CLASS = re.compile(r"^(?:class|struct) (?:LINKWA_VISIBLE )?(\w+)([^;{]*)\{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
OWNER = re.compile(r"detail::(?:Owner|Draft)<|_ptr<(?:const )?linkwa_")
GETTER = re.compile(r"^    ([\w:<>, ]+) (\w+)\([^)]*\) const(?: noexcept)?(?: LINKWA_LIVES_AS_LONG)? \{", re.MULTILINE)
VIEW = re.compile(r"\b(?:Text|Pairs|string_view|Finding|Receipt|EventReport|ReceivedMessage|\w+View)\b")
OWNED = re.compile(r"^    LINKWA_OWNED(?:_ONLY)?\((\w+),", re.MULTILINE)


def views(body: str) -> set[str]:
    """Return the public getters that return a view, whatever they are called on."""
    public = body.partition("\n  private:")[0]
    return {name for kind, name in GETTER.findall(public) if VIEW.search(kind)}


def main(header: str) -> int:
    with open(header, encoding="utf-8") as file:
        classes = {name: (bases, body) for name, bases, body in CLASS.findall(file.read())}
    owners = {name: parts for name, parts in classes.items() if OWNER.search("".join(parts))}
    wrong = []
    for name, (bases, body) in owners.items():
        inherited = (classes[base][1] for base in re.findall(r"detail::(\w+Getters)<", bases))
        wrong += [f"{name}::{getter}" for getter in views(body).union(*map(views, inherited)) - {*OWNED.findall(body)}]
    print(f"{len(owners)} classes that own an object of C; a view of a temporary object returns: {', '.join(sorted(wrong)) or 'none'}")
    return int(bool(wrong) or len(owners) < 10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
