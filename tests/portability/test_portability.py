"""What only Linux has stays in files of Linux, and the files of macOS compile.

There is no macOS here. Its files are compiled against declarations of what they use, in apple/, copied from Apple's
documentation: that finds what no longer fits the rest of the library, not what is wrong about macOS.
"""

import glob
import os
import re
import subprocess
import unittest

import obs_test

HERE = os.path.dirname(os.path.abspath(__file__))
LINUX_ONLY = re.compile(
    r"#include <(linux/.*|sys/(epoll|eventfd|signalfd|timerfd|inotify|prctl|sendfile|sysinfo|syscall|random|statfs|vfs)\.h"
    r"|mntent\.h|malloc\.h|byteswap\.h|endian\.h)>|\b(accept4|pipe2|epoll_\w+|eventfd|signalfd|prctl|ppoll|SOCK_CLOEXEC)\b")
FOR_LINUX = re.compile(r"^#if(?:def __linux__| defined\(__linux__\))$.*?^#(?:else|endif)", re.MULTILINE | re.DOTALL)
# What measures needs Linux, and CMake leaves it out elsewhere.
FREE = ("libobs/app/bench/", "tools/obs-bench/")


def sources():
    for folder in ("libobs", "tools"):
        for path in glob.glob(os.path.join(obs_test.SOURCE_DIR, folder, "**", "*.*"), recursive=True):
            if path.endswith((".cc", ".h")):
                yield os.path.relpath(path, obs_test.SOURCE_DIR)


def read(path):
    with open(os.path.join(obs_test.SOURCE_DIR, path), encoding="utf-8") as file:
        return file.read()


class PortabilityTest(unittest.TestCase):
    def test_only_files_of_linux_use_what_only_linux_has(self):
        for path in sources():
            if path.endswith("_linux.cc") or path.startswith(FREE):
                continue
            code = FOR_LINUX.sub("", re.sub(r"//.*", "", read(path)))
            found = LINUX_ONLY.search(code)
            self.assertIsNone(found, f"{path}: {found and found.group()} is only on Linux: give it a file *_linux.cc")

    def test_a_file_of_a_platform_is_empty_elsewhere(self):
        guards = {"_linux.cc": "#ifdef __linux__\n", "_mac.cc": "#ifdef __APPLE__\n", "_other.cc": "#if"}
        for path in sources():
            for ending, guard in guards.items():
                if path.endswith(ending):
                    self.assertTrue(read(path).startswith(guard), path)

    def test_files_of_macos_compile(self):
        files = [path for path in sources() if path.endswith(("_mac.cc", "_other.cc"))]
        self.assertIn("libobs/agent/host_collector_mac.cc", files)
        for path in files:
            result = subprocess.run(
                ["c++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror",
                 "-D__APPLE__", "-U__linux__", "-isystem", os.path.join(HERE, "apple"), "-Ilibobs", "-Ilibobs/include",
                 "-Itools", path],
                cwd=obs_test.SOURCE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(0, result.returncode, result.stdout)


obs_test.main()
