"""What `cmake --install` leaves is enough for somebody else's program, with CMake and with pkg-config."""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import obs_test

CONSUMER = os.path.join(obs_test.SOURCE_DIR, "tests", "install", "consumer")


def project_version():
    with open(os.path.join(obs_test.SOURCE_DIR, "CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"project\(obs VERSION (\S+)", file.read()).group(1)


def check_output(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {result.returncode}\n{result.stdout}")
    return result.stdout.strip()


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Installs, then moves the installed tree, so that no test leans on where it was put first."""
        directory = tempfile.TemporaryDirectory(prefix="obs-install-")
        cls.addClassCleanup(directory.cleanup)
        cls.work = directory.name
        cls.prefix = os.path.join(cls.work, "moved")
        first = os.path.join(cls.work, "first")
        check_output("cmake", "--install", obs_test.BUILD_DIR, "--prefix", first)
        shutil.move(first, cls.prefix)

    def only(self, pattern):
        found = glob.glob(os.path.join(self.prefix, pattern), recursive=True)
        self.assertEqual(1, len(found), f"{pattern}: {found}")
        return found[0]

    def test_every_tool_is_installed_and_finds_its_library(self):
        tools = sorted(os.path.basename(path)
                       for path in glob.glob(os.path.join(obs_test.SOURCE_DIR, "tools", "obs-*")))
        installed = sorted(os.path.basename(path) for path in glob.glob(os.path.join(self.prefix, "bin", "*")))
        self.assertEqual(tools, installed)
        for tool in tools:
            path = os.path.join(self.prefix, "bin", tool)
            self.assertIn(project_version(), check_output(path, "--version", cwd="/"))
            library = re.search(r"libobs\.so\S* => (\S+)", check_output("ldd", path)).group(1)
            self.assertTrue(os.path.realpath(library).startswith(os.path.realpath(self.prefix)), library)

    def test_man_pages_are_where_man_looks(self):
        for path in glob.glob(os.path.join(obs_test.SOURCE_DIR, "man", "*")):
            page = os.path.basename(path)
            self.only(f"share/man/man{page[-1]}/{page}")

    def test_headers_are_the_public_ones_and_each_compiles_alone(self):
        source = os.path.join(obs_test.SOURCE_DIR, "libobs", "include")
        include = os.path.join(self.prefix, "include")
        expected = sorted(os.path.relpath(path, source) for path in glob.glob(source + "/obs/**/*.h", recursive=True))
        installed = sorted(os.path.relpath(path, include) for path in glob.glob(include + "/**/*", recursive=True)
                           if os.path.isfile(path))
        self.assertEqual(expected, installed)
        for header in installed:
            check_output("c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++",
                         f"-I{include}", "-include", header, "/dev/null")

    def test_nothing_that_libobs_is_built_with_reaches_its_users(self):
        for path in glob.glob(os.path.dirname(self.only("**/obsTargets.cmake")) + "/*.cmake"):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for name in ("gRPC", "protobuf", "absl", "Boost", "spdlog", "prometheus", "Snappy", obs_test.SOURCE_DIR):
                self.assertNotIn(name, text, path)

    def test_a_library_that_may_differ_has_another_name(self):
        major, minor, _ = project_version().split(".")
        dynamic = check_output("objdump", "-p", self.only("**/libobs.so"))
        compatible = f"{major}.{minor}" if major == "0" else major
        self.assertEqual([f"libobs.so.{compatible}"], re.findall(r"SONAME\s+(\S+)", dynamic))

    def test_consumer_builds_with_cmake(self):
        build = os.path.join(self.work, "cmake-consumer")
        check_output("cmake", "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        check_output("cmake", "--build", build)
        self.assertEqual(project_version(), check_output(os.path.join(build, "consumer")))

    def test_consumer_builds_with_pkg_config(self):
        libdir = os.path.dirname(self.only("**/libobs.so"))
        env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(self.only("**/obs.pc"))}
        self.assertEqual(project_version(), check_output("pkg-config", "--modversion", "obs", env=env))
        flags = check_output("pkg-config", "--cflags", "--libs", "obs", env=env).split()
        program = os.path.join(self.work, "pkg-config-consumer")
        check_output("c++", "-std=c++20", "-o", program, os.path.join(CONSUMER, "main.cc"), *flags)
        self.assertEqual(project_version(), check_output(program, env={**os.environ, "LD_LIBRARY_PATH": libdir}))


obs_test.main()
