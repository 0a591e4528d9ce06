"""The only door to numba: Python functions as machine code. Imported where something is compiled.

numba types and lowers each function. It would also optimise each and translate it into machine
code, with all that it calls, before the next one: nobody calls these, and it takes a third of the
time. So parts are linked as they are, and only the whole is optimised and translated.

A named tuple is handed on as the place of its first word, and what is read of it is looked up there
(`Handle`): as numba has it, each of its arrays is seven values or more, which would be written out
in every function and at every call.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import numba
from llvmlite import binding, ir
from numba import types
from numba.core import compiler, compiler_machinery, registry, typed_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    register_model,
    typeof_impl,
)
from numba.np import numpy_support

from pdmodel.engine.codegen.arguments_as_words import DATA, RUN, SIZES, STRIDES, words_of
from pdmodel.engine.codegen.parts import CompiledPart, MachineCall
from pdmodel.engine.codegen.program import optimised_object_code

# What is used of numba here has no types.
_passes: Any = compiler_machinery.PassManager
_usual: Any = compiler.DefaultPassBuilder
_njit: Any = numba.njit
_typeof: Any = numba.typeof
_register: Any = compiler_machinery.register_pass
_Array: Any = types.Array
_Tuple: Any = types.BaseTuple
_lowers: Any = lower_getattr_generic
_dtype: Any = numpy_support.as_dtype
_WORD, _BYTE, _STATUS = ir.IntType(64), ir.IntType(8), ir.IntType(32)
# Where numba's array keeps the address of its numbers.
_POINTER = 4


class Handle(types.Type):
    """The type of a named tuple that is handed on as the place of its first word.

    Parameters
    ----------
    name
        Of its class.
    fields
        Number of the first word, and type, of each field.
    """

    def __init__(self, name: str, fields: Mapping[str, tuple[int, Any]]) -> None:
        self.fields = dict(fields)
        written = " ".join(f"{field} {at} {kind}" for field, (at, kind) in self.fields.items())
        number = _LAYOUTS.setdefault(f"{name} {written}", len(_LAYOUTS))
        super().__init__(f"{name}_{number}")


# Number of each layout: a name as long as what it stands for would be written out everywhere.
_LAYOUTS: dict[str, int] = {}


@register_model(Handle)
class _PlaceOfWords(models.PrimitiveModel):
    """A handle is an address."""

    def __init__(self, manager: Any, kind: Any) -> None:
        begin: Any = super().__init__
        begin(manager, kind, _WORD.as_pointer())


@infer_getattr
class _FieldsOfHandles(AttributeTemplate):
    """What the fields of a handle are: their types, None for a field that it does not have."""

    key = Handle
    generic_resolve: Any = lambda _, handle, name: handle.fields.get(name, (0, None))[1]


def _read_field(context: Any, builder: Any, handle: Any, place: Any, name: str) -> Any:
    """Call what reads a field; `_write_readers` writes it, once for all that call it."""
    at, kind = handle.fields[name]
    if isinstance(kind, Handle):
        return builder.gep(place, [_WORD(at)])
    reader = f"{name} of {handle.name}"
    _READERS[reader] = at, kind
    functions = builder.module.globals
    if reader not in functions:
        ir.Function(builder.module, _reading(context, kind), reader)
    return builder.call(functions[reader], [place])


_lowers(Handle)(_read_field)

# First word and type of what each of these functions reads.
_READERS: dict[str, tuple[int, Any]] = {}


def _reading(context: Any, kind: Any) -> Any:
    return ir.FunctionType(context.get_value_type(kind), [_WORD.as_pointer()])


def _write_readers(context: Any, module: Any, names: Iterable[str]) -> None:
    """Write functions that return a field of a handle."""
    for name in names:
        at, kind = _READERS[name]
        reader = ir.Function(module, _reading(context, kind), name)
        reader.attributes.add("alwaysinline")
        builder = ir.IRBuilder(reader.append_basic_block())
        places = _places_from(builder, reader.args[0], at)
        builder.ret(_value_at(context, builder, places, kind))


def _places_from(builder: Any, words: Any, first: int) -> Iterator[Any]:
    """Yield the places of words one after another."""
    for number in itertools.count(first):
        yield builder.gep(words, [_WORD(number)])


def _value_at(context: Any, builder: Any, places: Iterator[Any], kind: Any) -> Any:
    """Return the value of this type whose words are at the next places."""
    if isinstance(kind, _Tuple):
        parts = [_value_at(context, builder, places, part) for part in kind]
        return context.make_tuple(builder, kind, parts)
    word, wanted = _fixed(builder, next(places)), context.get_value_type(kind)
    if not isinstance(kind, _Array):
        return _as(builder, word, wanted)
    value = ir.Constant(wanted, None)
    for place, field in _fields(builder, word, kind):
        field = _as(builder, field, wanted.elements[_POINTER]) if place == [_POINTER] else field
        value = builder.insert_value(value, field, place)
    return value


def _fixed(builder: Any, place: Any) -> Any:
    """Return what stands at a place that nobody writes to while the code runs."""
    value = builder.load(place)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


def _type_of(value: Any) -> Any:
    """Return the type of an argument: a handle for a tuple with named fields."""
    if not (isinstance(value, tuple) and hasattr(value, "_fields")):
        return _typeof(value)
    fields, at = {}, 0
    for name, each in zip(value._fields, value, strict=True):
        fields[name] = at, _type_of(each)
        at += len(words_of(each)[0])
    return Handle(type(value).__name__, fields)


class _Unfinished(JITCodeLibrary):
    """Code of one function that is neither optimised nor translated."""

    def add_llvm_module(self, ll_module: Any) -> None:
        """Take in a module as it is."""
        self._final_module.link_in(ll_module)

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


# Passes that look for what no function here has: expressions of whole arrays, closures and
# comprehensions, and what is to be written out in its callers.
_IDLE = ("NopythonRewrites", "InlineClosureLikes", "InlineInlinables", "InlineOverloads")


class _Compiler(compiler.CompilerBase):
    """numba's passes but for those that find nothing; the last of them lowers only."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        usual = _usual.define_nopython_pipeline(self.state)
        passes = _passes("lowering only")
        for stage, words in usual.passes:
            lowering = stage is typed_passes.NativeLowering
            if stage.__name__ not in _IDLE:
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


def machine_code(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Compile a function, and all that it calls, into object code.

    Parameters
    ----------
    function
        Python function of the arguments.
    arguments
        Examples of all arguments.

    Returns
    -------
    bytes
        Object code of `run`, a function of words: the result, then those of the arguments.
    """
    dispatcher = _njit(**_OPTIONS)(function)
    kinds = tuple(_type_of(argument) for argument in arguments)
    dispatcher.compile(kinds)
    made = dispatcher.overloads[kinds]
    module = _linked(made.library)
    starts = [1 + len(words_of(arguments[:number])[0]) for number in range(len(arguments))]
    module.link_in(binding.parse_assembly(_with_words(made, starts, module)))
    for each in module.functions:
        if not each.is_declaration and each.name != RUN:
            each.linkage = "internal"
    return optimised_object_code(module)


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


def _with_words(made: Any, starts: list[int], beside: Any) -> str:
    """Write the function of words that calls a compiled one, in LLVM's language.

    Parameters
    ----------
    made
        What numba made of the function.
    starts
        The first word of each argument.
    beside
        The module that it goes into.
    """
    context, described = made.target_context, made.fndesc
    kind = context.call_conv.get_function_type(described.restype, described.argtypes)
    module = ir.Module("words")
    module.triple, module.data_layout = beside.triple, beside.data_layout
    inner = ir.Function(module, kind, described.mangled_name)
    outer = ir.Function(module, ir.FunctionType(_STATUS, [_WORD.as_pointer()]), RUN)
    builder = ir.IRBuilder(outer.append_basic_block())
    result, error = (builder.alloca(slot.pointee) for slot in kind.args[:2])
    values: list[Any] = []
    for start, argument in zip(starts, described.argtypes, strict=True):
        values += _passed(builder, _places_from(builder, outer.args[0], start), argument)
    given = [
        _as(builder, value, wanted) for value, wanted in zip(values, kind.args[2:], strict=True)
    ]
    status = builder.call(inner, [result, error, *given])
    answer = builder.load(result)
    answer = answer if answer.type == _WORD else builder.zext(answer, _WORD)
    builder.store(answer, outer.args[0])
    builder.ret(status)
    called = (each.name for each in beside.functions if each.is_declaration)
    _write_readers(context, module, [name for name in called if name in _READERS])
    return str(module)


def _passed(builder: Any, places: Iterator[Any], kind: Any) -> list[Any]:
    """Return what numba's code is handed of an argument whose words are at the next places."""
    if isinstance(kind, Handle):
        return [next(places)]
    if isinstance(kind, _Tuple):
        return [value for part in kind for value in _passed(builder, places, part)]
    word = builder.load(next(places))
    if not isinstance(kind, _Array):
        return [word]
    nobody = _WORD(0)
    return [nobody, nobody, *(field for _, field in _fields(builder, word, kind))]


def _fields(builder: Any, array: Any, kind: Any) -> list[tuple[list[int], Any]]:
    """Return place and word of each field of an array, in the order in which numba has them.

    They are read from NumPy's object. The first two are missing: who owns it, which is nobody.
    """

    def at(place: Any, offset: int) -> Any:
        place = builder.add(place, _WORD(offset))
        return _fixed(builder, builder.inttoptr(place, _WORD.as_pointer()))

    sizes, strides = at(array, SIZES), at(array, STRIDES)
    lengths = [at(sizes, 8 * k) for k in range(kind.ndim)]
    steps = [at(strides, 8 * k) for k in range(kind.ndim)]
    count = _WORD(1)
    for length in lengths:
        count = builder.mul(count, length)
    width = _dtype(kind.dtype).itemsize
    fields = [([2], count), ([3], _WORD(width)), ([_POINTER], at(array, DATA))]
    fields += [([5, axis], length) for axis, length in enumerate(lengths)]
    return fields + [([6, axis], step) for axis, step in enumerate(steps)]


def _as(builder: Any, word: Any, wanted: Any) -> Any:
    if wanted == word.type:
        return word
    if isinstance(wanted, ir.PointerType):
        return builder.inttoptr(word, wanted)
    return builder.bitcast(word, wanted)
