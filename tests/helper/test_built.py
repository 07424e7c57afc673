# SPDX-License-Identifier: Apache-2.0
"""The committed helpers: what their sums, images and rows say, and that they come from the source."""
import hashlib
import importlib.machinery
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import conversation as c

ROOT = os.path.normpath(os.path.join(c.HERE, "../.."))
BUILD = os.path.join(ROOT, "plugins/timesync/helper/build")
MOST = 16384
GOARCH = {"armv7": ("arm", "v7")}


def load_pack():
    path = os.path.join(ROOT, "plugins/timesync/helper/pack")
    loader = importlib.machinery.SourceFileLoader("pack", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("pack", loader))
    loader.exec_module(module)
    return module


def content(name, folder=c.BUILT):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def files_of(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return [(info, tar.extractfile(info).read()) for info in tar.getmembers()]


class Committed(unittest.TestCase):
    def test_sums(self):
        lines = content("SHA256SUMS").decode().splitlines()
        sums = dict(reversed(line.split("  ")) for line in lines if not line.startswith("#"))
        for name, want in sums.items():
            self.assertEqual(sha256(content(name)), want, name)
        self.assertEqual(set(os.listdir(c.BUILT)), set(sums) | {"SHA256SUMS", "images.def"})
        self.assertEqual(set(sums), set(c.ARCHES) | {arch + ".tar" for arch in c.ARCHES})

    def test_programs(self):
        elf = load_pack().Elf
        machines = {name: machine for name, _, _, machine in load_pack().ARCHES}
        for arch in c.ARCHES:
            with self.subTest(arch=arch):
                self.assertLessEqual(len(content(arch)), MOST)
                elf(content(arch)).check(machines[arch])

    def test_refuses_what_is_no_helper(self):
        elf = load_pack().Elf
        machine = elf(content("amd64")).machine
        with self.assertRaises(ValueError):
            elf(b"#!/bin/sh\n")
        with self.assertRaisesRegex(ValueError, "machine"):
            elf(content("arm64")).check(machine)
        with self.assertRaisesRegex(ValueError, "static"):
            elf(bytes([*content("amd64")[:16], 3, *content("amd64")[17:]])).check(machine)

    def test_images(self):
        for arch in c.ARCHES:
            with self.subTest(arch=arch):
                self.check_image(arch)

    def check_image(self, arch):
        goarch, variant = GOARCH.get(arch, (arch, None))
        files = files_of(content(arch + ".tar"))
        by_name = {info.name: data for info, data in files}
        manifest, = json.loads(by_name["manifest.json"])
        text = by_name[manifest["Config"]]
        config = json.loads(text)
        self.assertEqual(set(by_name), {"manifest.json", manifest["Config"], *manifest["Layers"]})
        self.assertEqual(manifest["Config"], sha256(text) + ".json")
        self.assertEqual(manifest["RepoTags"], ["docker-timesync/helper:" + sha256(text)[:12]])
        self.assertEqual((config["os"], config["architecture"], config.get("variant")),
                         ("linux", goarch, variant))
        layer = by_name[manifest["Layers"][0]]
        self.assertEqual(config["rootfs"], {"type": "layers",
                                            "diff_ids": ["sha256:" + sha256(layer)]})
        (info, data), = files_of(layer)
        self.assertEqual(data, content(arch))
        self.assertEqual(config["config"]["Entrypoint"], ["/" + info.name])
        self.assertEqual(info.mode, 0o755)
        for info, _ in files + files_of(layer):
            self.assertEqual((info.uid, info.gid, info.uname, info.gname, info.mtime, info.type),
                             (0, 0, "", "", 0, tarfile.REGTYPE))

    def test_rows(self):
        rows = re.findall(r'^HELPER_IMAGE\((\w+), "([^"]*)", "([^"]*)", (\d+)\)$',
                          content("images.def").decode(), re.M)
        self.assertEqual([row[0] for row in rows], list(c.ARCHES))
        for name, arch, tag, size in rows:
            goarch, variant = GOARCH.get(name, (name, None))
            self.assertEqual(arch, goarch + ("/" + variant if variant else ""))
            self.assertEqual(int(size), len(content(name + ".tar")))
            manifest, = json.loads(files_of(content(name + ".tar"))[0][1])
            self.assertEqual(manifest["RepoTags"], [tag])


class Rebuilt(unittest.TestCase):
    """Only the same major versions of the tools promise the same bytes."""

    @classmethod
    def setUpClass(cls):
        made_with = re.match(r"# Made with ([^;]*);", content("SHA256SUMS").decode()).group(1)
        here = subprocess.run([BUILD, "--toolchain"], capture_output=True, text=True, check=False)
        if here.returncode != 0:
            raise unittest.SkipTest("clang, lld or binutils-s390x-linux-gnu is missing")
        if here.stdout.strip() != made_with:
            raise unittest.SkipTest(f"made with {made_with}, here is {here.stdout.strip()}")

    def check_same(self, folder):
        self.assertEqual(set(os.listdir(folder)), set(os.listdir(c.BUILT)))
        for name in os.listdir(folder):
            self.assertEqual(content(name, folder), content(name),
                             f"{name} differs from what is committed: run `make helpers`")

    def test_bit_for_bit(self):
        folder = os.path.join(ROOT, "build/helpers")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([BUILD, folder], check=True, capture_output=True)
        self.check_same(folder)

    def test_from_another_folder(self):
        """Elsewhere, in another language, at another time zone and with another mask."""
        with tempfile.TemporaryDirectory(prefix="a folder ") as top:
            shutil.copytree(os.path.dirname(BUILD), os.path.join(top, "plugins/timesync/helper"))
            subprocess.run(["sh", "-c", 'umask 077; exec plugins/timesync/helper/build "$1"', "sh",
                            os.path.join(top, "out")], check=True, capture_output=True, cwd=top,
                           env={**os.environ, "TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8"})
            self.check_same(os.path.join(top, "out"))


if __name__ == "__main__":
    unittest.main()
