"""The only door to llvmlite: straight-line functions of doubles, written, translated and loaded.

Every function is `void f(double* out, const double* in)`. Both arrays are row-major, (k, lanes):
element `k` of lane `l` stands at `k * lanes + l`. Lanes are patients that are computed in lockstep,
one SIMD register (or as many as the processor needs) for a value of all of them. No operation
crosses lanes. `out` and `in` must not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from llvmlite import binding

from pdmodel.engine.codegen.function import Body, Function
from pdmodel.engine.codegen.object_cache import kept

WIDE = 8
"""Lanes of a wide function: the doubles of one AVX-512 register."""


class Program:
    """Functions that are compiled together.

    Parameters
    ----------
    lanes
        Lanes of a function that does not say otherwise.
    """

    def __init__(self, lanes: int = 1) -> None:
        self.lanes = lanes
        self._functions: dict[str, Function] = {}
        self._parts: dict[str, tuple[Function, bool]] = {}
        self._formulas: dict[str, Function] = {}
        self._external: dict[str, int] = {}

    def function(
        self, name: str, lanes: int | None = None, arrays: Sequence[str] = ("out", "in")
    ) -> Function:
        """Begin a function that can be called from outside.

        Parameters
        ----------
        name, lanes
            Its name; its lanes, if they are not those of the program.
        arrays
            Names of the arrays that it is handed; none overlaps with another.
        """
        function = Function(self, lanes or self.lanes, arrays)
        self._functions[name] = function
        return function

    def part(
        self, name: str, lanes: int | None = None, arrays: Sequence[str] = ("out",), *,
        inline: bool = False,
    ) -> Function:  # fmt: skip
        """Begin a function that only functions of this program call, with `Function.run`.

        Parameters
        ----------
        name, lanes
            As in `function`.
        arrays
            Names of the arrays that it is handed; none overlaps with another.
        inline
            Whether it is written out wherever it is called.
        """
        function = Function(self, lanes or self.lanes, arrays)
        self._parts[name] = function, inline
        return function

    def formula(self, name: str, lanes: int, arguments: int, body: Body) -> str:
        """Define a formula once for all functions of the program, and return how it is called.

        Parameters
        ----------
        name
            Any name.
        lanes, arguments
            Lanes, and number of arguments.
        body
            Called with a `Function` and the arguments; returns the value.
        """
        full = f"{name}.{lanes}"
        if full not in self._formulas:
            function = self._formulas[full] = Function(self, lanes)
            function.result = body(function, *(f"%a{k}" for k in range(arguments)))
            function.arguments = arguments
        return full

    def external(self, name: str, arguments: int) -> str:
        """Declare a function of C's mathematical library."""
        self._external[name] = arguments
        return name

    def text(self) -> str:
        """Return the program in LLVM's language."""
        lines = [f"declare double @{name}({', '.join(['double'] * count)}) #0"
                 for name, count in self._external.items()]  # fmt: skip
        for name, formula in self._formulas.items():
            kind = formula.kind
            arguments = ", ".join(f"{kind} %a{k}" for k in range(formula.arguments))
            # Where a value takes two registers the code is twice as long: with calls it compiles in
            # three quarters of the time, and runs as fast. A lone lane would run up to 8 % longer.
            called = "noinline" if formula.lanes > register_width() else "alwaysinline"
            lines += [f"define internal {kind} @{name}({arguments}) #1 {called} {{"]
            lines += formula.lines
            lines += [f"ret {kind} {formula.result}", "}"]
        for name, (part, inline) in self._parts.items():
            lines += _definition(f'internal void @"{name}"', part, "alwaysinline" * inline)
        for name, function in self._functions.items():
            lines += _definition(f'void @"{name}"', function)
        lines += ["attributes #0 = { nounwind willreturn memory(none) }",
                  "attributes #1 = { nounwind willreturn memory(none) }",
                  "attributes #2 = { nounwind willreturn }"]  # fmt: skip
        return "\n".join(lines)

    def compile(self) -> LaneCode:
        """Optimise for this processor and load."""
        text = self.text()
        code = kept(f"{processor()}\n{text}", lambda: object_code(text))
        return LaneCode(code, tuple(self._functions))


def _definition(head: str, function: Function, attributes: str = "") -> list[str]:
    arrays = ", ".join(
        f"ptr noalias noundef {'' if name == 'out' else 'readonly '}%{name}"
        for name in function.arrays
    )
    return [f"define {head}({arrays}) #2 {attributes} {{", *function.lines, "ret void", "}"]


class LaneCode:
    """Machine code in memory; it stays there as long as this object lives.

    Parameters
    ----------
    machine_code
        What `object_code` returned, in this process or another one with the same `processor()`.
    names
        The functions in it.
    """

    def __init__(self, machine_code: bytes, names: Sequence[str]) -> None:
        self.machine_code, self.names = machine_code, tuple(names)
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _new_machine())
        self._engine.add_object_file(binding.ObjectFileRef.from_data(machine_code))
        self._engine.finalize_object()
        self._addresses: dict[str, int] = {
            name: self._engine.get_function_address(name) for name in self.names
        }

    def address(self, name: str) -> int:
        """Return where a function starts."""
        return self._addresses[name]


def processor() -> str:
    """Return what machine code is made for: compiler, processor, its features."""
    version = ".".join(str(part) for part in binding.llvm_version_info)
    return f"llvm {version} {binding.get_host_cpu_name()} {_features()}"


def register_width() -> int:
    """Return how many doubles a register of this processor holds: 8, or 4 where it has fewer."""
    return WIDE if "+avx512f" in _features().split(",") else WIDE // 2


def object_code(text: str) -> bytes:
    """Translate LLVM's language into machine code for this processor."""
    machine = _machine()
    module = binding.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options())
    # Straight-line code in which nothing is computed twice leaves LLVM's other passes nothing to
    # do: all of them (level 3) take six times as long and the result runs as fast.
    passes = binding.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_instruction_combine_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


def optimised_object_code(module: Any) -> bytes:
    """Translate a module of LLVM into machine code for this processor, with all optimisations."""
    machine = _machine()
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    options = binding.create_pipeline_tuning_options(speed_level=3)
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


@cache
def _features() -> str:
    return str(binding.get_host_cpu_features().flatten())


@cache
def _machine() -> Any:
    return _new_machine()


def _new_machine() -> Any:
    """Return a target machine; an engine takes possession of the one it is given."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple().create_target_machine(
        opt=3, cpu=binding.get_host_cpu_name(), features=_features(), jit=True
    )
