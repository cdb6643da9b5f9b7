"""Unity builds put together only files whose anonymous namespaces do not meet."""

import os
import subprocess

import obs_test

SCRIPT = os.path.join(obs_test.SOURCE_DIR, "libobs", "cmake", "unity_groups.py")


class UnityGroupsTest(obs_test.TestCase):
    def setUp(self):
        self.root = self.temporary_directory()

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def are_together(self, first, second, folders=("wire", "wire")):
        paths = [self.write(f"{folder}/{name}.cc", text)
                 for folder, name, text in zip(folders, "ab", (first, second))]
        result = subprocess.run(["/usr/bin/python3", "-B", SCRIPT, self.root, *paths], capture_output=True, text=True,
                                check=True)
        groups = dict(line.rsplit("=", 1) for line in result.stdout.splitlines())
        self.assertIn(len(groups), (0, 2))
        return bool(groups)

    def test_files_that_share_no_name_are_put_together(self):
        self.assertTrue(self.are_together("namespace { constexpr int kLeft = 1; }\nint Left() { return kLeft; }",
                                          "namespace { int Help() { return 2; } }\nint Right() { return Help(); }"))

    def test_what_both_declare_keeps_them_apart(self):
        for declaration in ("constexpr int kLimit = 1;", "int Help(int value) { return value; }", "struct Part {};",
                            "using Json = nlohmann::json;", "const char kNames[] = {};", "enum class Step { kOne };"):
            with self.subTest(declaration):
                text = f"namespace {{ {declaration} }}"
                self.assertFalse(self.are_together(text, text))

    def test_what_one_declares_and_the_other_only_uses_keeps_them_apart(self):
        self.assertFalse(self.are_together("namespace { class Probe { }; }", "void Run() { Probe probe; }"))

    def test_so_does_what_the_others_header_says(self):
        self.write("wire/probe.h", "class Probe;")
        self.assertFalse(self.are_together("namespace { class Probe { }; }", '#include "probe.h"\n'))

    def test_comments_strings_and_what_is_inside_of_functions_do_not_count(self):
        self.assertTrue(self.are_together(
            "namespace { int Left() { int kept = 1; return kept; } }",
            'namespace { // kept = 1;\nconst char* Right() { int kept = 2; return "Left("; } }'))

    def test_the_same_name_from_elsewhere_is_one_name(self):
        same = "namespace { using ::testing::Pair; }"
        self.assertTrue(self.are_together(same, "namespace { using testing::Pair; }"))
        self.assertFalse(self.are_together(same, "namespace { using other::Pair; }"))

    def test_folders_are_kept_apart(self):
        self.assertFalse(self.are_together("int Left();", "int Right();", folders=("http", "live")))


obs_test.main()
