#!/usr/bin/env python3
"""usage: unity_groups.py DIRECTORY:DIRECTORY... FILE...

Prints FILE=GROUP for sources of one folder that can be compiled as one. CMake's unity builds include the files of a group
one after the other, so those that mean different things by one name, each in its own anonymous namespace, have to be in
different groups. Names are told from the text alone; where that leaves a doubt, files are kept apart. The directories are
where includes in quotes are looked for, beside the folder of the file.
"""

import functools
import os
import re
import sys

MAX_LINES = 1500  # of a group, which is a unit of work for one core

_NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ALIAS = re.compile(r"\busing\s+(?:::)?([\w:]+)::(\w+)\s*;")
_DECLARED = re.compile(r"\b(?:struct|class|enum|enum class|using)\s+(\w+)|(?<!::)\b(\w+)\s*(?=[({=\[])")
_NOT_NAMES = re.compile(r"[A-Z0-9_]+|if|for|while|noexcept|requires|decltype|alignas|explicit|operator|const")


@functools.lru_cache(maxsize=None)
def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def anonymous_parts(text):
    """What lies in anonymous namespaces, without what is in braces there."""
    for start in re.finditer(r"\bnamespace\s*\{", text):
        depth, out = 1, []
        for char in text[start.end():]:
            depth += (char == "{") - (char == "}")
            if depth == 0:
                break
            if depth == 1 or (depth == 2 and char == "{"):
                out.append(char)
        yield "".join(out)


class Source:
    def __init__(self, path, roots):
        self.path = path
        code = _NOISE.sub(" ", text_of(path))
        self.lines = code.count("\n")
        self.own = set(re.findall(r"^\s*#\s*define\s+(\w+)", code, re.MULTILINE))
        self.aliases = {name: source for source, name in _ALIAS.findall(code)}
        for part in anonymous_parts(code):
            part = _ALIAS.sub(" ", part)
            self.own.update(name for pair in _DECLARED.findall(part) for name in pair
                            if name and not _NOT_NAMES.fullmatch(name))
        self.words = set(_WORD.findall(code))
        for header in headers_of(path, roots):
            self.words |= words_of(header)

    def agrees_with(self, other):
        if os.path.dirname(self.path) != os.path.dirname(other.path):
            return False
        if self.own & other.words or other.own & self.words:
            return False
        return all(other.aliases.get(name, source) == source for name, source in self.aliases.items())


@functools.lru_cache(maxsize=None)
def words_of(path):
    return frozenset(_WORD.findall(_NOISE.sub(" ", text_of(path))))


@functools.lru_cache(maxsize=None)
def headers_of(path, roots):
    found = set()
    for name in _INCLUDE.findall(text_of(path)):
        for root in (os.path.dirname(path), *roots):
            header = os.path.normpath(os.path.join(root, name))
            if os.path.exists(header):
                if header not in found:
                    found |= {header} | headers_of(header, roots)
                break
    return frozenset(found)


def main():
    roots = tuple(sys.argv[1].split(":"))
    groups = []
    for path in sys.argv[2:]:
        source = Source(path, roots)
        for group in groups:
            fits = sum(each.lines for each in group) + source.lines <= MAX_LINES
            if fits and all(source.agrees_with(each) for each in group):
                group.append(source)
                break
        else:
            groups.append([source])
    for number, group in enumerate(groups):
        for source in group if len(group) > 1 else []:
            print(f"{source.path}=group{number}")


if __name__ == "__main__":
    main()
