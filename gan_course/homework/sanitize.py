"""Renders Markdown from students as HTML that is safe to open. An allow-list decides what the HTML may contain.

Nothing in it can run, be clicked or load anything. It has no links, addresses or ids, and no styles except the
alignment in tables. Formulas become MathML, which browsers show without a script.
"""

import html
import re
import secrets
from xml.etree import ElementTree

import latex2mathml.converter
import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.token import STANDARD_TYPES

from .limits import is_picture

_TAGS = {
    *("abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s"),
    *("samp", "small", "span", "strike", "strong", "sub", "summary", "sup"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
}
_VOID = {"br", "hr", "img"}
_CLASSES = {"div": {"highlight"}, "span": set(STANDARD_TYPES.values()) - {""}}  # Pygments' colors
_ATTRIBUTES = {"*": set(), "img": {"src"}, "td": {"style"}, "th": {"style"}}
_PICTURE = re.compile(r"data:image/(png;base64,iVBORw0KGgo|jpeg;base64,/9j/|gif;base64,R0lGOD)[A-Za-z0-9+/]*={0,2}")
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_WHOLE_TAG = re.compile(r"""</?[a-zA-Z]\w*(\s+[\w-]+(\s*=\s*("[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+)))*(\s+open)?\s*/?>""")
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")

_MATH_TAGS = {
    *("math", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom"),
    *("mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd"),
    *("mtext", "mtr", "munder", "munderover", "none"),
}
_MATH_ATTRIBUTES = {
    *("accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle"),
    *("fence", "form", "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize"),
    *("movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy"),
    *("symmetric", "width"),
}
_MATH_VALUE = re.compile(r"(?!.*(?<![.\d])\d{3})-?[a-z0-9.% -]{0,40}")  # no long lengths, such as 100em

MOST_TEX = 2_000  # characters of a formula; a longer one is shown as it was written
MOST_DEPTH = 60  # of elements inside each other; browsers are slow with more, and wrong from 512 on


def markdown(source: str, attachments: dict | None = None) -> str:
    """Render Markdown as HTML that is safe to put into a page.

    Args:
        source: Markdown with formulas, as in a Markdown cell.
        attachments: the cell's pictures, {name: {MIME type: base64}}. Defaults to none. Pictures from other places are
            not shown.

    Returns:
        HTML. Markdown that cannot be rendered, or is nested too deeply, is shown as it was written.
    """
    renderer = _Renderer(attachments or {})
    try:
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a text that was written to break the parser may raise anything, such as RecursionError
        return verbatim(source)
    clean = nh3.clean(
        rendered if _depth(rendered) <= MOST_DEPTH else verbatim(source),
        tags=_TAGS,
        clean_content_tags=set(),
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        allowed_classes=_CLASSES,
        filter_style_properties={"text-align"},
        url_schemes={"data"},
        url_relative="deny",
    )
    return renderer.with_formulas(clean)


def verbatim(source: str) -> str:
    """HTML that shows a text as it was written."""
    return f"<pre>{html.escape(source)}</pre>"


def _attribute(_, name, value):
    """The value of an attribute, or None where it is a picture that must not be shown."""
    if name == "src" and not (_PICTURE.fullmatch(value) and is_picture(value.partition(",")[2])):
        return None
    return value


def _depth(rendered):
    """How deep elements lie inside each other. Tags that are not closed count too, so it may be too large."""
    depth = most = 0
    for end, name in _TAG.findall(rendered):
        if name.lower() not in _VOID:
            depth = max(0, depth + (-1 if end else 1))
            most = max(most, depth)
    return most


class _Renderer(IPythonRenderer):
    """Renders the parts for which the allow-list is not enough: links and pictures as text, formulas as MathML."""

    def __init__(self, attachments):
        super().__init__(escape=False, attachments=dict(attachments), exclude_anchor_links=True)
        self._mark, self._formulas = f"formula{secrets.token_hex(8)}n", []  # random, so that no text can contain it

    def with_formulas(self, clean):
        """Replace the marks by their formulas. This comes last, since nh3 would remove MathML."""
        return re.sub(rf"{self._mark}(\d+)e", lambda match: self._formulas[int(match[1])], clean)

    def _formula(self, tex, display):
        """Keep a formula, and return a mark for its place."""
        self._formulas.append(formula(tex, display))
        return f"{self._mark}{len(self._formulas) - 1}e"

    def inline_math(self, body):
        return self._formula(body, "inline")

    def block_math(self, body):
        return self._formula(body, "block")

    def latex_environment(self, name, body):
        return self._formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    def link(self, text, url, title=None):
        shown = html.escape(html.unescape(url))
        if not re.match("(https?|mailto):", url) or shown in text:
            return text
        return f"{text} [{shown}]"

    def image(self, text, url, title=None):
        # Each attachment is shown once: a thousand copies would make a huge page.
        attachment = self.attachments.pop(url.removeprefix("attachment:"), {})
        kind = next((kind for kind in _PICTURES if isinstance(attachment.get(kind), str)), None)
        if url.startswith("attachment:") and kind:
            data = re.sub(r"\s", "", attachment[kind])
            return f'<img src="data:{kind};base64,{html.escape(data)}"> {html.escape(text)}'
        return self.link(f"[picture: {html.escape(text)}]", url)

    def block_html(self, html):
        return f"{self._html_or_text(html)}\n"

    def inline_html(self, html):
        return self._html_or_text(html)

    def _html_or_text(self, markup):
        """HTML, or its text where it has unknown or malformed elements: then one can read what was written."""
        known = all(name.lower() in _TAGS for _, name in _TAG.findall(markup))
        return markup if known and "<" not in _WHOLE_TAG.sub("", markup) else html.escape(markup)

    def block_code(self, code, info=None):
        """Code, in colors if it is Python. The lexers of some other languages can take minutes for one line."""
        language = (info or "").strip().lower()
        return super().block_code(code, "python" if language in ("python", "python3", "py", "ipython") else None)


def formula(tex: str, display: str = "inline") -> str:
    """Turn a formula in TeX into MathML. If it is too long or has unknown commands, its source is shown as code.

    Args:
        tex: the formula, without dollar signs.
        display: "inline", or "block" for a formula in a line of its own. Defaults to "inline".
    """
    source = f"<code>{html.escape(tex)}</code>"
    try:
        if len(tex) > MOST_TEX:
            return source
        tex = re.sub(r"\\(begin|end){(aligned|split)}", r"\\\1{align*}", tex)  # the name that latex2mathml knows
        tree = ElementTree.fromstring(latex2mathml.converter.convert(tex, display=display))
        for element in tree.iter():
            element.tag = element.tag.rpartition("}")[2]  # HTML uses no namespace
            if element.tag not in _MATH_TAGS or "\\" in (element.text or ""):
                return source
            if display == "block" and element.tag == "msub" and element[0].text in ("min", "max", "inf", "sup"):
                element.tag = "munder"  # the index stands below, as in TeX
            known = {name: value for name, value in element.attrib.items() if name in _MATH_ATTRIBUTES}
            element.attrib = {name: value for name, value in known.items() if _MATH_VALUE.fullmatch(value)}
        made = ElementTree.tostring(tree, encoding="unicode")
        return made if _depth(made) <= MOST_DEPTH else source
    except Exception:  # latex2mathml raises many kinds of errors, also some that are not its own
        return source
