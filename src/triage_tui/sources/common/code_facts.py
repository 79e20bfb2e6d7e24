"""What changed in a Python file, in words, from its two syntax trees; nothing is imported or run.

The facts are about resources and limits (a generator that returns, a ``finally`` or ``close`` that is gone, another
default or timeout), because those break services without breaking tests. Anything else stays in the diff.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from triage_tui.sources.common.masking import masked_value

_SIZE_CAP = 512 * 1024
_FACT_CAP = 12
_VALUE_CAP = 60
_CLOSING = frozenset(
    {"close", "aclose", "release", "rollback", "dispose", "disconnect", "shutdown", "unlock", "cancel"}
)
_SLEEPING = frozenset({"sleep"})
_LIMITS = ("timeout", "retries", "retry", "pool", "overflow", "limit", "size", "workers", "connections", "ttl", "max_")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Limits = dict[tuple[str, str], str]


def python_facts(path: str, old: bytes, new: bytes) -> list[str]:
    """Compare two revisions of a file, function by function: ["db.py: get_db no longer yields, it returns", ...].

    Empty where either revision is no Python that this interpreter parses.
    """
    if max(len(old), len(new)) > _SIZE_CAP:
        return []
    try:
        facts = list(_module_facts(old, new))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [f"{path}: {fact}" for fact in dict.fromkeys(facts)][:_FACT_CAP]


def changed_decorators(old: bytes, new: bytes) -> list[str]:
    """Return the decorators, as written with an @, of the functions whose body changed; routes are read from them."""
    if max(len(old), len(new)) > _SIZE_CAP:
        return []
    try:
        changed = [function for _, _, function in _changed_functions(old, new)]
        return ["@" + ast.unparse(decorator) for function in changed for decorator in function.decorator_list]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


@lru_cache(maxsize=2)  # two questions are asked of the same two revisions
def _tree(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _module_facts(old: bytes, new: bytes) -> Iterator[str]:
    for name, before, after in _changed_functions(old, new):
        yield from _function_facts(name, before, after)
    yield from _constant_facts(_constants(_tree(old)), _constants(_tree(new)))
    yield from _limit_facts("", list(_outside_functions(_tree(old))), list(_outside_functions(_tree(new))))


def _changed_functions(old: bytes, new: bytes) -> Iterator[tuple[str, Function, Function]]:
    """Pair the functions that both revisions have and that differ in more than layout and comments."""
    before, after = dict(_functions(_tree(old))), dict(_functions(_tree(new)))
    old_lines, new_lines = old.splitlines(), new.splitlines()
    for name in [name for name in after if name in before]:
        one, other = before[name], after[name]
        same_text = _lines_of(one, old_lines) == _lines_of(other, new_lines)
        if not same_text and ast.dump(one) != ast.dump(other):
            yield name, one, other


def _lines_of(function: Function, lines: list[bytes]) -> list[bytes]:
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return lines[first - 1 : function.end_lineno]


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Give top-level functions and methods by qualified name."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{part.name}", part) for part in node.body if isinstance(part, Function))


@dataclass(frozen=True, slots=True)
class _Traits:
    """What one function does that the facts are about."""

    yields: int
    returns_value: bool
    finally_blocks: int
    contexts: Counter[str]
    closings: Counter[str]
    sleeps: Counter[str]


def _traits(function: Function) -> _Traits:
    nodes = list(_own_nodes(function))
    calls = Counter(_short(node.func) for node in nodes if isinstance(node, ast.Call))
    withs = [item.context_expr for node in nodes if isinstance(node, ast.With | ast.AsyncWith) for item in node.items]
    return _Traits(
        yields=sum(isinstance(node, ast.Yield | ast.YieldFrom) for node in nodes),
        returns_value=any(isinstance(node, ast.Return) and node.value is not None for node in nodes),
        finally_blocks=sum(isinstance(node, ast.Try) and bool(node.finalbody) for node in nodes),
        contexts=Counter(_short(item) for item in withs),
        closings=Counter({name: count for name, count in calls.items() if name.rpartition(".")[2] in _CLOSING}),
        sleeps=Counter({name: count for name, count in calls.items() if name.rpartition(".")[2] in _SLEEPING}),
    )


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Walk a function's body without the functions and classes that are defined in it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def _function_facts(name: str, old: Function, new: Function) -> Iterator[str]:
    before, after = _traits(old), _traits(new)
    if before.yields and not after.yields:
        yield f"{name} no longer yields" + (", it returns" if after.returns_value and not before.returns_value else "")
    if after.yields and not before.yields:
        yield f"{name} now yields"
    if after.finally_blocks < before.finally_blocks:
        yield f"{name} has lost a finally block"
    yield from (f"{name} no longer uses with {lost}" for lost in sorted(before.contexts - after.contexts))
    yield from (f"{name} no longer calls {lost}()" for lost in sorted(before.closings - after.closings))
    yield from (f"{name} now calls {added}()" for added in sorted(after.sleeps - before.sleeps))
    yield from _default_facts(name, old, new)
    yield from _limit_facts(f"{name}: ", list(_own_nodes(old)), list(_own_nodes(new)))


def _default_facts(name: str, old: Function, new: Function) -> Iterator[str]:
    before, after = dict(_defaults(old)), dict(_defaults(new))
    for argument in [argument for argument in after if argument in before]:
        if before[argument] != after[argument]:
            yield f"{name}: default of {argument} changed from {_change(argument, before[argument], after[argument])}"


def _defaults(function: Function) -> Iterator[tuple[str, str]]:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = positional[len(positional) - len(arguments.defaults) :]
    yield from ((one.arg, _text(value)) for one, value in zip(with_default, arguments.defaults, strict=True))
    for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            yield one.arg, _text(value)


def _outside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef):
            yield from ast.walk(node)


def _limits(nodes: Iterable[ast.AST]) -> Limits:
    """Find literal keyword arguments whose name speaks of a limit, by call and keyword."""
    return {
        (_short(node.func), keyword.arg): _text(keyword.value)
        for node in nodes
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant) and any(word in keyword.arg for word in _LIMITS)
    }


def _limit_facts(prefix: str, old: Sequence[ast.AST], new: Sequence[ast.AST]) -> Iterator[str]:
    limits = _limits(new)
    called = {_short(node.func) for node in new if isinstance(node, ast.Call)}
    for (call, keyword), value in _limits(old).items():
        after = limits.get((call, keyword))
        if after is None and call in called:
            yield f"{prefix}{call} lost {keyword}={masked_value(keyword, value)}"
        elif after is not None and after != value:
            yield f"{prefix}{keyword} of {call} changed from {_change(keyword, value, after)}"


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: _text(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant | ast.UnaryOp)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _constant_facts(old: dict[str, str], new: dict[str, str]) -> Iterator[str]:
    for name in [name for name in new if name in old]:
        if old[name] != new[name]:
            yield f"{name} changed from {_change(name, old[name], new[name])}"


def _change(name: str, old: str, new: str) -> str:
    return f"{masked_value(name, old)} to {masked_value(name, new)}"


def _text(node: ast.AST) -> str:
    return ast.unparse(node)[:_VALUE_CAP]


def _short(node: ast.AST) -> str:
    """Name what is called: the text before its arguments."""
    return _text(node.func if isinstance(node, ast.Call) else node)
