"""Which folder may include which: data flows one way, and so do includes.

`layering.py ROOT` prints every #include under ROOT/libobs and ROOT/tools that goes against the order, as
FILE:LINE: reason, and exits 1 if there is one.
"""

import os
import re
import sys

# A folder of libobs may include folders on lower floors, and itself. Folders on one floor do not know each other.
FLOORS = {
    "include": 0,
    "base": 1,
    "model": 2, "auth": 2,
    "wire": 3, "buffer": 3, "journal": 3, "http": 3,
    "agent": 4, "ingest": 4, "live": 4, "export": 4,
    "app": 5,
}
PUBLIC = "include"  # its headers are included as "obs/NAME.h"

# Tools parse options and call app/; all that they may name beside it are the vocabulary's folders.
TOOLS_MAY_INCLUDE = {"app", "base", "model", PUBLIC}

GENERATED = ("telemetry.pb.h", "telemetry.grpc.pb.h")
NOT_A_LAYER = {"cmake"}  # folders of libobs that hold no code

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
_STANDARD_HEADER = re.compile(r"^[a-z0-9_]+$")  # <vector>, and not <stdio.h>, <sys/types.h> or <absl/...>


def includes(path):
    """Yields (line number, quote, target) of every #include in a file."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = _INCLUDE.match(line)
            if match:
                yield number, match.group(1), match.group(2)


def layer_of(target):
    """The folder of libobs that an include names, or None for what is not ours."""
    first = target.split("/")[0]
    if first == "obs" and "/" in target:
        return PUBLIC
    return first if "/" in target and first in FLOORS else None


def code_files(directory):
    for parent, _, names in sorted(os.walk(directory)):
        for name in sorted(names):
            if name.endswith((".h", ".cc")):
                yield os.path.join(parent, name)


def reason_against(folder, quote, target):
    """Why a file in `folder` of libobs must not include `target`; None if it may."""
    layer = layer_of(target)
    if folder == PUBLIC:
        if layer == PUBLIC or (quote == "<" and _STANDARD_HEADER.match(target)):
            return None
        return f"the installed API includes {target}, which is neither the C++ standard library nor obs/"
    if layer is None:
        return None
    if layer != folder and FLOORS[layer] == FLOORS[folder]:
        return f"{folder}/ includes {target} of its sibling {layer}/"
    if FLOORS[layer] > FLOORS[folder]:
        return f"{folder}/ includes {target} upwards"
    return None


def vague(path, quote, target):
    """True if `target` leans on where the including file lies, instead of naming its folder."""
    if quote == "<" or target in GENERATED:
        return False
    return ".." in target.split("/") or (
        layer_of(target) is None and os.path.exists(os.path.join(os.path.dirname(path), target)))


def check_library(root):
    library = os.path.join(root, "libobs")
    for folder in sorted(os.listdir(library)):
        if not os.path.isdir(os.path.join(library, folder)) or folder in NOT_A_LAYER:
            continue
        if folder not in FLOORS:
            yield f"libobs/{folder}: this folder has no floor in tests/layering/layering.py"
            continue
        for path in code_files(os.path.join(library, folder)):
            for number, quote, target in includes(path):
                reason = reason_against(folder, quote, target)
                if vague(path, quote, target):
                    reason = f'"{target}" does not name its folder'
                if reason:
                    yield f"{os.path.relpath(path, root)}:{number}: {reason}"


def check_tools(root):
    for path in code_files(os.path.join(root, "tools")):
        for number, _, target in includes(path):
            layer = layer_of(target)
            if layer is not None and layer not in TOOLS_MAY_INCLUDE:
                yield f"{os.path.relpath(path, root)}:{number}: a tool includes {target}; let app/ offer it"


def violations(root):
    return [*check_library(root), *check_tools(root)]


if __name__ == "__main__":
    found = violations(sys.argv[1])
    print("\n".join(found) if found else "every #include goes downwards")
    sys.exit(1 if found else 0)
