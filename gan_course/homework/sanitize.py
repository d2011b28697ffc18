"""Markdown that a stranger wrote, as HTML that an instructor can open: the rendered HTML passes an allow-list.

Nothing that is left can run, be clicked, or load anything: no link, no address, no id, no style but a table's
alignment. Formulas become MathML, which browsers show without a script.
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
_MATH_VALUE = re.compile(r"(?!.*(?<![.\d])\d{3})-?[a-z0-9.% -]{0,40}")  # no length of three digits, such as 100em

MOST_TEX = 2_000  # characters of a formula that is typeset; a longer one is shown as it was written
MOST_DEPTH = 60  # elements inside each other; browsers lay out deeper ones slowly, and wrongly from 512 on


def markdown(source, attachments=None):
    """Render Markdown as HTML that is safe to put into a page.

    Args:
        source: Markdown with formulas, as a Markdown cell holds it.
        attachments: The cell's pictures, {name: {MIME type: base64}}. Pictures from elsewhere are not shown.

    Returns:
        HTML. Markdown that cannot be rendered, or is nested too deeply, is shown as it was written.
    """
    renderer = _Renderer(attachments or {})
    try:
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # what is written to break a parser raises anything, RecursionError first
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


def verbatim(source):
    """A text as it was written, as HTML."""
    return f"<pre>{html.escape(source)}</pre>"


def _attribute(_, name, value):
    if name == "src" and not (_PICTURE.fullmatch(value) and is_picture(value.partition(",")[2])):
        return None
    return value


def _depth(rendered):
    """How deep elements stand inside each other, or more: tags that nobody closes count, too."""
    depth = most = 0
    for end, name in _TAG.findall(rendered):
        if name.lower() not in _VOID:
            depth = max(0, depth + (-1 if end else 1))
            most = max(most, depth)
    return most


class _Renderer(IPythonRenderer):
    """Markdown's parts that need more than the allow-list: links and pictures as text, formulas as MathML."""

    def __init__(self, attachments):
        super().__init__(escape=False, attachments=dict(attachments), exclude_anchor_links=True)
        self._mark, self._formulas = f"formula{secrets.token_hex(8)}n", []  # nobody can guess it, and so forge one

    def with_formulas(self, clean):
        """Put the formulas in the places that were kept for them. It is done last: nh3 does not know MathML."""
        return re.sub(rf"{self._mark}(\d+)e", lambda match: self._formulas[int(match[1])], clean)

    def _formula(self, tex, display):
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
        attachment = self.attachments.pop(url.removeprefix("attachment:"), {})  # once: a thousand would be a huge page
        kind = next((kind for kind in _PICTURES if isinstance(attachment.get(kind), str)), None)
        if url.startswith("attachment:") and kind:
            data = re.sub(r"\s", "", attachment[kind])
            return f'<img src="data:{kind};base64,{html.escape(data)}"> {html.escape(text)}'
        return self.link(f"[picture: {html.escape(text)}]", url)

    def block_html(self, html):
        return f"{self._known(html)}\n"

    def inline_html(self, html):
        return self._known(html)

    def _known(self, markup):
        """HTML; as text where elements in it are unknown or odd: what was written is there to be read."""
        known = all(name.lower() in _TAGS for _, name in _TAG.findall(markup))
        return markup if known and "<" not in _WHOLE_TAG.sub("", markup) else html.escape(markup)

    def block_code(self, code, info=None):
        """Code, in colors if it is Python: some of the other languages' lexers take minutes for a line."""
        language = (info or "").strip().lower()
        return super().block_code(code, "python" if language in ("python", "python3", "py", "ipython") else None)


def formula(tex, display="inline"):
    """A formula of TeX as MathML; as its source where it is too long, or has what is not known.

    Args:
        tex: The formula, without dollar signs.
        display: "inline", or "block" for a formula in a line of its own.
    """
    source = f"<code>{html.escape(tex)}</code>"
    try:
        if len(tex) > MOST_TEX:
            return source
        tex = re.sub(r"\\(begin|end){(aligned|split)}", r"\\\1{align*}", tex)  # latex2mathml knows only the other name
        tree = ElementTree.fromstring(latex2mathml.converter.convert(tex, display=display))
        for element in tree.iter():
            element.tag = element.tag.rpartition("}")[2]  # HTML wants no name space
            if element.tag not in _MATH_TAGS or "\\" in (element.text or ""):
                return source
            if display == "block" and element.tag == "msub" and element[0].text in ("min", "max", "inf", "sup"):
                element.tag = "munder"  # as TeX sets it
            known = {name: value for name, value in element.attrib.items() if name in _MATH_ATTRIBUTES}
            element.attrib = {name: value for name, value in known.items() if _MATH_VALUE.fullmatch(value)}
        made = ElementTree.tostring(tree, encoding="unicode")
        return made if _depth(made) <= MOST_DEPTH else source
    except Exception:  # latex2mathml raises many kinds, and its own ones do not cover what strangers write
        return source
