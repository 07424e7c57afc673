# SPDX-License-Identifier: Apache-2.0
"""Names and labels that want to be something else."""

import unicodedata

from case import Case

HOSTILE = {
    "escape": "\x1b[31mred\x1b]0;title\x07",
    "newline": "a\nimage  sha256:0000  remove",
    "quote": '"},{"kind":"image',
    "option": "--all",
    "shell": "$(touch /tmp/x); `id` | cat",
    "percent": "%s%n%d",
    "bidi": "\u202etxt.exe",
    "c1": "\u009b31mred",
    "long": "n" * 5000,
    "empty": "",
}


def dangerous(text):
    """Control characters, but newline and tab, and those that turn the direction of writing."""
    return [char for char in text if (unicodedata.category(char) in ("Cc", "Cf") and
                                      char not in "\n\t")]


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.base()

    def test_labels(self):
        boxes = {key: self.api.create("bb:1", labels={key: value}) for key, value in HOSTILE.items()}
        odd = self.api.create("bb:1", labels={value: "v" for value in HOSTILE.values() if value})
        table = self.user.run("prune", "--dry-run", "--older-than", "0", "--keep", "label=newline",
                              "--keep", "label=escape=\x1b*")
        self.assertEqual(table.status, 0, table)
        self.assertEqual(dangerous(table.out + table.err), [])
        planned = self.plan("--keep", "label=newline", "--keep", "label=escape=\x1b*")
        self.assertKept(planned, boxes["newline"])
        self.assertKept(planned, boxes["escape"])
        self.assertIn(odd, self.ids(planned["planned"], "container"))
        self.plan_and_prune()
        self.assertEqual(self.api.containers(), [])

    def test_container_names(self):
        names = ["a..b", "x__-..", "CON", "0" * 200, "null", "sha256-" + "0" * 64]
        for name in names:
            self.api.create("bb:1", name=name)
        planned, _ = self.plan_and_prune("--containers")
        self.assertEqual({row["name"].lstrip("/") for row in planned["planned"]}, set(names))

    def test_a_container_named_like_another_ones_id(self):
        first = self.api.create("bb:1", labels={"keep": "1"})
        second = self.api.create("bb:1", name=first[:12])
        third = self.api.create("bb:1", name=first[:63])
        planned, _ = self.plan_and_prune("--keep", "label=keep")
        self.assertGoes(planned, "container", second, third)
        self.assertEqual(self.api.all_ids()["container"], {first})

    def test_image_references(self):
        references = ["a/b/c/d/e-f__g:v1.2-x_y", "host.example:5000/x:1", "localhost/x:1",
                      "x:" + "t" * 128, "abcdef:123456"]
        for number, reference in enumerate(references):
            self.tagged(reference, size=100 + number)
        planned, _ = self.plan_and_prune("--images", "--all", "--keep", "bb:1")
        self.assertEqual({row["name"] for row in planned["planned"] if row["action"] == "remove"},
                         set(references))
        self.assertEqual(set(self.api.tags()), {"bb:1"})

    def test_an_image_named_like_another_ones_id(self):
        kept = self.tagged("kept:1")
        name = kept[7:19]
        self.tagged(name + ":latest", seed="trap")
        self.plan_and_prune("--images", "--all", "--keep", "bb:1", "--keep", "kept:1")
        self.assertEqual(self.api.tags(), {"bb:1": self.api.image("bb:1")["Id"], "kept:1": kept})

    def test_volume_names(self):
        names = ["a..b", "v_.-x", "f" * 64, "0" * 200]
        for name in names:
            self.api.create_volume(name, labels={"hostile": HOSTILE["quote"]})
        self.plan_and_prune("--volumes=all")
        self.assertEqual(self.api.volumes(), [])

    def test_network_names(self):
        made = []
        for name in HOSTILE.values():
            try:
                made.append(self.api.create_network("n" + name[:100]))
            except Exception:
                # Which names it takes is the engine's affair.
                continue
        self.assertTrue(made)
        table = self.user.run("prune", "--dry-run", "--networks", "--older-than", "0")
        self.assertEqual(dangerous(table.out + table.err), [])
        planned, _ = self.plan_and_prune("--networks")
        self.assertLessEqual(set(made), self.ids(planned["planned"], "network"))
