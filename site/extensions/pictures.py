"""The pictures of the pages: as WebP, which takes half the bytes of PNG and loses no pixel, and with a description."""

import hashlib
import re
from pathlib import Path

import figure_titles
from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform


class Describe(SphinxPostTransform):
    """Describes each figure of a notebook for those who hear the page, with the best words that are at hand.

    These are the titles in the figure. If its code does not tell them, it is the first sentence of the text below it,
    and if there is none, the title of the section.
    """

    default_priority = 900  # after myst-nb has chosen the outputs

    def run(self):
        known = {}
        for cell in self.document.findall(lambda node: isinstance(node, nodes.container) and "cell" in node["classes"]):
            code = "\n".join(block.astext() for block in cell.findall(nodes.literal_block) if _is_code(block))
            for image in cell.findall(nodes.image):
                if not image.get("alt"):
                    image["alt"] = description(cell, figure_titles.titles(code, known))
            known |= figure_titles.functions(code)


def _is_code(block):
    """Whether a block is the code of its cell, and no output."""
    return "cell_input" in block.parent["classes"]


def description(cell, titles):
    """The description of a figure of a cell, whose titles are known or not."""
    if titles:
        return f"Figure: {', '.join(f'“{title}”' for title in titles)}"
    below = cell.next_node(descend=False, siblings=True)
    if isinstance(below, nodes.paragraph):
        first = re.split(r"(?<=[.!?])\s", " ".join(below.astext().split()), maxsplit=1)[0]
        return f"Figure. {first}"
    section = cell.parent
    while not isinstance(section, nodes.section):
        section = section.parent
    return f"Figure of the section “{section.next_node(nodes.title).astext()}”"


class Shrink(SphinxPostTransform):
    """Puts WebP in place of each PNG. Films stay as they are."""

    default_priority = 901
    formats = ("html",)

    def run(self):
        for image in self.document.findall(nodes.image):
            if image["uri"].endswith(".png") and (small := self.shrunk(Path(self.env.srcdir, image["uri"]))):
                image["uri"] = str(small)
                image["candidates"] = {"*": image["uri"]}
                self.env.images.add_file(self.env.docname, image["uri"])

    def shrunk(self, path):
        """The path of the same picture as WebP, or None for a film. It is made once, as long as the PNG is the same."""
        name = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        small = Path(self.app.doctreedir, "webp", f"{path.stem if len(path.stem) < 40 else 'output'}-{name}.webp")
        if not small.exists():
            with Image.open(path) as picture:
                if getattr(picture, "is_animated", False):
                    return None
                small.parent.mkdir(parents=True, exist_ok=True)
                picture.save(small, lossless=True, method=1)
        return small


def setup(app):
    app.add_post_transform(Describe)
    app.add_post_transform(Shrink)
    return {"parallel_read_safe": True}
