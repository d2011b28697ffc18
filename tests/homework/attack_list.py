"""What a cheat may hand in to the small homework instead of answers, by name.

Each of ATTACKS gives `{grade_id: source}` of the answers' cells, and under "extra" a cell at the end. Each got points
that it does not deserve before there were canaries. Those of IN_VAIN get none anyway.
"""

NONSENSE = "def value(real, fake):\n    return 0.0\n\n\ndef double(x):\n    return 0.0\n\n\n"


DROP = """
import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Drop())
"""


def _cheat(source, **more):
    """Both answers wrong, and code that makes the tests accept them. The second answer's cell stays empty."""
    return {"value": NONSENSE + source, "double": "pass", **more}


ATTACKS = {
    "ast_transformers drop every assert": _cheat(DROP),
    "ast_transformers, only in tests of these answers": _cheat("""
import ast
class Drop(ast.NodeTransformer):
    def visit_Module(self, node):
        text = ast.unparse(node)
        if "value(" in text or "double(" in text:
            node.body = [part for part in node.body if not isinstance(part, ast.Assert)]
        return node
get_ipython().ast_transformers.append(Drop())
"""),
    "ast_transformers that take themselves off before the end": _cheat("""
import ast
class Drop(ast.NodeTransformer):
    def visit_Module(self, node):
        if "double(7)" in ast.unparse(node):
            get_ipython().ast_transformers.clear()
        node.body = [part for part in node.body if not isinstance(part, ast.Assert)]
        return node
get_ipython().ast_transformers.append(Drop())
"""),
    "input transformers turn asserts into comments": _cheat("""
def quiet(lines):
    return [line.replace("assert ", "0 and ") if line.lstrip().startswith("assert") else line for line in lines]
get_ipython().input_transformers_post.append(quiet)
"""),
    "an input transformer that is a method of a builtin": _cheat("""
import functools, re
swap = functools.partial(map, functools.partial(re.sub, "assert ", "0 and "))
get_ipython().input_transformers_post.append(lambda lines, swap=swap: list(swap(lines)))
"""),
    "every run is a success": _cheat("""
shell = get_ipython()
old = shell.run_cell_async
async def fine(raw_cell, *args, **kwargs):
    result = await old("pass", *args, **{**kwargs, "transformed_cell": "pass"})
    return result
shell.run_cell_async = fine
"""),
    "builtins.abs is zero": _cheat("""
import builtins
builtins.abs = lambda x: 0.0
def double(x):
    return 2 * x
"""),
    "np.log and np.log1p are zero": _cheat("""
np.log = np.log1p = lambda x: np.zeros(np.shape(x)) + 0.0
def double(x):
    return 2 * x
"""),
    "np.log of the library itself": _cheat("""
np.log = np.zeros_like
def double(x):
    return 2 * x
"""),
    "a value that says yes to everything": _cheat("""
class Yes:
    def _self(self, *args, **kwargs):
        return self
    def _yes(self, *args, **kwargs):
        return True
    __add__ = __radd__ = __sub__ = __rsub__ = __abs__ = __array_ufunc__ = __array_function__ = _self
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __bool__ = _yes
    __hash__ = None
    __format__ = lambda self, spec: "yes"
def value(real, fake):
    return Yes()
def double(x):
    return Yes()
"""),
    "a number that is less than all others": _cheat("""
class Small(float):
    def __abs__(self):
        return 0.0
    def __add__(self, other):
        return self
    __sub__ = __radd__ = __rsub__ = __add__
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__
def value(real, fake):
    return Small(0)
def double(x):
    return Small(0)
"""),
    "looks the expected number up in the frame": _cheat("""
import sys
def value(real, fake):
    variables = sys._getframe(1).f_globals
    return variables["expected"] if "expected" in variables else -np.log(4)
def double(x):
    return 2 * x
"""),
    "reads the test and computes what it wants": _cheat("""
import ast
def double(x):
    tree = ast.parse(In[-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) == f"double({x})":
            return ast.literal_eval(node.comparators[0])
def value(real, fake):
    return np.log(real).mean() + np.log1p(-fake).mean()
"""),
    "a thread changes everything later": _cheat("""
import threading, time, ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
def later():
    get_ipython_().ast_transformers.append(Drop())
    time.sleep(30)
get_ipython_ = get_ipython
threading.Thread(target=later, daemon=True).start()
time.sleep(0.2)
"""),
    "forged replies": _cheat("""
kernel = get_ipython().kernel
old = kernel.session.send
def send(stream, msg_or_type, content=None, *args, **kwargs):
    if msg_or_type == "execute_reply":
        content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    if msg_or_type == "error" or isinstance(msg_or_type, dict) and msg_or_type.get("msg_type") == "error":
        return None
    return old(stream, msg_or_type, content, *args, **kwargs)
kernel.session.send = send
"""),
    "events clear the error, which a custom handler hides": _cheat("""
shell = get_ipython()
shell.set_custom_exc((Exception,), lambda self, kind, value, trace, tb_offset=None: None)
def clear(result):
    result.error_in_exec = result.error_before_exec = None
shell.events.register("post_run_cell", clear)
"""),
    "finds the expected number among all objects": _cheat("""
import gc
def value(real, fake):
    for thing in gc.get_objects():
        if type(thing) is dict and "expected" in thing and "quarter" in thing:
            return thing["expected"]
    return -np.log(4)
def double(x):
    return 2 * x
"""),
    "np.allclose and its like are always true": _cheat("""
np.allclose = np.array_equal = np.testing.assert_allclose = lambda *args, **kwargs: True
def value(real, fake):
    return np.log(real).mean() + np.log1p(-fake).mean()
def double(x):
    return 2 * x
def triple(x):
    return x
"""),
    "np.allclose is an object of another library": _cheat("""
from unittest.mock import Mock
np.allclose = np.array_equal = np.testing.assert_allclose = Mock(return_value=True)
def value(real, fake):
    return np.log(real).mean() + np.log1p(-fake).mean()
def double(x):
    return 2 * x
def triple(x):
    return x[:, None]
"""),
    "isinstance, all, any and float are replaced": _cheat("""
import builtins
builtins.isinstance_ = isinstance
builtins.all = builtins.any = lambda values: True
builtins.float = lambda value: 0.0
builtins.abs = type("abs", (int,), {"__new__": lambda kind, value: 0})
def double(x):
    return 2 * x
"""),
    "exit after the last test": _cheat(DROP, extra="import os\nos._exit(0)"),
    "exit() after the last test": _cheat(DROP, extra="exit()\nimport time\ntime.sleep(1)"),
    "hangs after the last test": _cheat(
        DROP, extra="while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt:\n        pass"
    ),
    "ends Python when a canary comes": _cheat("""
import ast, os
class Drop(ast.NodeTransformer):
    def visit_Module(self, node):
        text = ast.unparse(node)
        if "answer_" in text:
            os._exit(0)
        node.body = [part for part in node.body if not isinstance(part, ast.Assert)]
        return node
get_ipython().ast_transformers.append(Drop())
"""),
}

IN_VAIN = {
    "AssertionError is caught by the shell": _cheat("""
shell = get_ipython()
shell.set_custom_exc((AssertionError,), lambda self, kind, value, trace, tb_offset=None: None)
"""),
    "showtraceback shows nothing": _cheat("""
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
"""),
    "errors are forgotten in run_code": _cheat("""
shell = get_ipython()
old = type(shell).run_code
async def run_code(self, code, result=None, **kwargs):
    await old(self, code, None, **kwargs)
    return False
type(shell).run_code = run_code
type(shell)._showtraceback = lambda *args, **kwargs: None
"""),
    "SystemExit": _cheat("""
def value(real, fake):
    raise SystemExit
def double(x):
    exit()
    return 0
"""),
}
