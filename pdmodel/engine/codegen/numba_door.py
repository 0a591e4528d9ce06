"""The only door to numba: Python functions as machine code. Imported where something is compiled.

numba types and lowers each function. It would also optimise each and translate it into machine
code, with all that it calls, before the next one: nobody calls these, and it takes a third of the
time. So parts are linked as they are, and only the whole is optimised and translated.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

import numba
from llvmlite import binding, ir
from numba import types
from numba.core import compiler, compiler_machinery, registry, typed_passes
from numba.core.codegen import JITCodeLibrary
from numba.extending import intrinsic, typeof_impl

from pdmodel.engine.codegen.arguments_as_words import DATA, RUN, SIZES, STRIDES
from pdmodel.engine.codegen.parts import CompiledPart, MachineCall
from pdmodel.engine.codegen.program import optimised_object_code

# What is used of numba here has no types.
_passes: Any = compiler_machinery.PassManager
_usual: Any = compiler.DefaultPassBuilder
_njit: Any = numba.njit
_typeof: Any = numba.typeof
_register: Any = compiler_machinery.register_pass
_WORD, _BYTE, _STATUS = ir.IntType(64), ir.IntType(8), ir.IntType(32)


class _Unfinished(JITCodeLibrary):
    """Code of one function that is neither optimised as a whole nor translated."""

    def finalize(self) -> None:
        """Let others link it as it is."""
        self._finalized = True


@_register(mutates_CFG=True, analysis_only=False)
class _Lowering(typed_passes.NativeLowering):
    """Lower a function, and leave it at that."""

    _name = "lowering_only"

    def run_pass(self, state: Any) -> bool:
        """Lower a function and let others find it."""
        library: Any = _Unfinished
        state.library = library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        lower: Any = super().run_pass
        lower(state)
        lowered = state["cr"]
        # Callers are found by a function that Python could call; it stands for this one.
        stand_in = [lowered].count
        state.targetctx.insert_user_function(stand_in, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=stand_in)
        return True


class _Compiler(compiler.CompilerBase):
    """numba's passes, the last of which lowers only."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        usual = _usual.define_nopython_pipeline(self.state)
        passes = _passes("lowering only")
        for stage, words in usual.passes:
            lowering = stage is typed_passes.NativeLowering
            passes.add_pass(_Lowering if lowering else stage, words)
        passes.finalize()
        return [passes]


# No `nnan`: what is not a number must be seen. Lanes never mix, so contracting is repeatable.
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy", "fastmath": {"contract", "nsz"}, "_nrt": False,
    "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": _Compiler,
}  # fmt: skip


@cache
def _dispatcher(part: CompiledPart) -> Any:
    return _njit(**_OPTIONS)(part.py_func)


@typeof_impl.register(CompiledPart)
def _type_of_part(part: CompiledPart, _: Any) -> Any:
    return types.Dispatcher(_dispatcher(part))


@intrinsic
def _call(typing: Any, function: Any, user: Any, out: Any, values: Any) -> Any:
    """Call machine code, as `MachineCall` says."""
    signature = types.void(types.int64, types.int64, types.intp, types.intp)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        function, user, out, values = arguments
        pointer = _BYTE.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer])
        code = builder.inttoptr(function, kind.as_pointer())
        builder.call(code, [builder.inttoptr(address, pointer) for address in (out, values, user)])
        return context.get_dummy_value()

    return signature, generate


@typeof_impl.register(MachineCall)
def _type_of_call(_: MachineCall, __: Any) -> Any:
    return registry.cpu_target.typing_context.resolve_value_type(_call)


def machine_code(
    function: Callable[..., Any], kinds: tuple[Hashable, ...], arguments: tuple[Any, ...]
) -> bytes:
    """Compile a function, and all that it calls, into object code.

    Parameters
    ----------
    function
        Python function of the arguments.
    kinds
        Of all words but the last, as `words_of` tells them.
    arguments
        Examples of all arguments.

    Returns
    -------
    bytes
        Object code of `run`, a function of words: the result, then those of the arguments.
    """
    dispatcher = _njit(**_OPTIONS)(function)
    kinds_of_numba = tuple(_typeof(argument) for argument in arguments)
    dispatcher.compile(kinds_of_numba)
    made = dispatcher.overloads[kinds_of_numba]
    module = _linked(made.library)
    module.link_in(binding.parse_assembly(_with_words(made, kinds, module)))
    for each in module.functions:
        if not each.is_declaration and each.name != RUN:
            each.linkage = "internal"
    return optimised_object_code(str(module))


def _linked(library: Any) -> Any:
    """Return a module with all functions of a library and of those that it is linked with."""
    module, seen, waiting = library._final_module, {library}, [*library._linking_libraries]
    while waiting:
        other = waiting.pop(0)
        if other not in seen:
            seen.add(other)
            module.link_in(other._get_module_for_linking(), preserve=True)
            if isinstance(other, _Unfinished):
                waiting += other._linking_libraries
    return module


def _with_words(made: Any, kinds: tuple[Hashable, ...], beside: Any) -> str:
    """Write the function of words that calls a compiled one, in LLVM's language."""
    context, described = made.target_context, made.fndesc
    kind = context.call_conv.get_function_type(described.restype, described.argtypes)
    module = ir.Module("words")
    module.triple, module.data_layout = beside.triple, beside.data_layout
    inner = ir.Function(module, kind, described.mangled_name)
    outer = ir.Function(module, ir.FunctionType(_STATUS, [_WORD.as_pointer()]), RUN)
    builder = ir.IRBuilder(outer.append_basic_block())
    result, error = (builder.alloca(slot.pointee) for slot in kind.args[:2])
    values = [value for leaf in _leaves(builder, outer.args[0], kinds) for value in leaf]
    given = [
        _as(builder, value, wanted) for value, wanted in zip(values, kind.args[2:], strict=True)
    ]
    status = builder.call(inner, [result, error, *given])
    answer = builder.load(result)
    answer = answer if answer.type == _WORD else builder.zext(answer, _WORD)
    builder.store(answer, outer.args[0])
    builder.ret(status)
    return str(module)


def _leaves(builder: Any, words: Any, kinds: tuple[Hashable, ...]) -> list[list[Any]]:
    """Return what numba's code is handed of each word: one value, or all fields of an array."""
    leaves = [kind for kind in kinds if not isinstance(kind, type)]
    found = []
    for number, kind in enumerate([*leaves, None], start=1):
        word = builder.load(builder.gep(words, [_WORD(number)]))
        found.append(_fields(builder, word, *kind[:2]) if isinstance(kind, tuple) else [word])
    return found


def _fields(builder: Any, array: Any, dtype: Any, dimensions: int) -> list[Any]:
    """Return the fields of an array as numba lays them out, read from NumPy's object."""

    def at(place: Any, offset: int) -> Any:
        place = builder.add(place, _WORD(offset))
        return builder.load(builder.inttoptr(place, _WORD.as_pointer()))

    sizes, strides = at(array, SIZES), at(array, STRIDES)
    lengths = [at(sizes, 8 * k) for k in range(dimensions)]
    steps = [at(strides, 8 * k) for k in range(dimensions)]
    count = _WORD(1)
    for length in lengths:
        count = builder.mul(count, length)
    owner = _WORD(0)  # nothing is counted
    return [owner, owner, count, _WORD(dtype.itemsize), at(array, DATA), *lengths, *steps]


def _as(builder: Any, word: Any, wanted: Any) -> Any:
    if wanted == word.type:
        return word
    if isinstance(wanted, ir.PointerType):
        return builder.inttoptr(word, wanted)
    return builder.bitcast(word, wanted)
