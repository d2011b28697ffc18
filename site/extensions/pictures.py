"""The pictures of the pages: as WebP, which takes half the bytes of PNG and loses no pixel, and with a description."""

import hashlib
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform


class Describe(SphinxPostTransform):
    """Gives each figure of a notebook the title of its section as a description, for those who hear the page."""

    default_priority = 900  # after myst-nb has chosen the outputs

    def run(self):
        for image in self.document.findall(nodes.image):
            if not image.get("alt"):
                image["alt"] = f"Figure of the section “{_title_above(image)}”"


def _title_above(node):
    while not isinstance(node, nodes.section):
        node = node.parent
    return node.next_node(nodes.title).astext()


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
