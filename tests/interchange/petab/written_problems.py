"""Small PEtab problems of our own, written as files: `A <=> B`, whose course is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
  <model id="conversion">
    <listOfCompartments>
      <compartment id="body" spatialDimensions="3" size="1" constant="true"/>
    </listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="body" hasOnlySubstanceUnits="false"
        boundaryCondition="false" constant="false"/>
      <species id="B" compartment="body" initialConcentration="0" hasOnlySubstanceUnits="false"
        boundaryCondition="false" constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="a0" value="1" constant="true"/>
      <parameter id="forward" value="0.8" constant="true"/>
      <parameter id="back" value="0.6" constant="true"/>
    </listOfParameters>
    <listOfInitialAssignments>
      <initialAssignment symbol="A">
        <math xmlns="http://www.w3.org/1998/Math/MathML"><ci> a0 </ci></math>
      </initialAssignment>
    </listOfInitialAssignments>
    <listOfReactions>
      <reaction id="there" reversible="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/>
        </listOfReactants>
        <listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/>
        </listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>
          <ci> body </ci><ci> forward </ci><ci> A </ci></apply></math></kineticLaw>
      </reaction>
      <reaction id="back_again" reversible="false">
        <listOfReactants><speciesReference species="B" stoichiometry="1" constant="true"/>
        </listOfReactants>
        <listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/>
        </listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>
          <ci> body </ci><ci> back </ci><ci> B </ci></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""
CONDITIONS = "conditionId\ta0\nlow\t1\nhigh\t3\n"
OBSERVABLES = (
    "observableId\tobservableFormula\tnoiseFormula\tobservableTransformation\tnoiseDistribution\n"
    "of_a\tscale * A + observableParameter1_of_a\tnoiseParameter1_of_a\tlin\tnormal\n"
    "of_b\tB\t0.1 + 0.2 * B\tlin\tlaplace\n"
    "log_a\tA\tsd_log\tlog10\tnormal\n"
)
PARAMETERS = (
    "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
    "forward\tlog10\t0.01\t10\t0.8\t1\nback\tlog10\t0.01\t10\t0.6\t1\n"
    "scale\tlin\t0\t10\t2\t1\noffset\tlin\t-1\t1\t0.3\t1\n"
    "sd_a\tlog10\t0.001\t10\t0.2\t1\nsd_log\tlog10\t0.001\t10\t0.1\t0\n"
)
HEAD = (
    "observableId\tpreequilibrationConditionId\tsimulationConditionId\tmeasurement\ttime\t"
    "observableParameters\tnoiseParameters\n"
)
YAML = """format_version: 1
parameter_file: parameters.tsv
problems:
- condition_files: [conditions.tsv]
  measurement_files: [measurements.tsv]
  observable_files: [observables.tsv]
  sbml_files: [model.xml]
"""


def write_problem(
    folder: Path, rows: str, *, model: str = MODEL, parameters: str = PARAMETERS
) -> Path:
    """Write a problem of version 1 with these measurements; return its YAML file."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "model.xml": model, "conditions.tsv": CONDITIONS, "observables.tsv": OBSERVABLES,
        "parameters.tsv": parameters, "measurements.tsv": HEAD + rows, "problem.yaml": YAML,
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder / "problem.yaml"


def course(time: float, a0: float, forward: float = 0.8, back: float = 0.6) -> float:
    """Return A of `A <=> B`, all of it A at first."""
    total = forward + back
    return a0 * (back + forward * float(np.exp(-total * time))) / total


ROWS = (
    "of_a\t\tlow\t1.9\t1\toffset\tsd_a\n"
    "of_a\t\thigh\t4.2\t1.5\toffset\t0.3\n"
    "of_b\t\thigh\t1.4\t2\t\t\n"
    "log_a\t\tlow\t0.5\t4\t\t\n"
    "of_a\thigh\tlow\t3.1\t0\t0.1\tsd_a\n"
    "of_b\t\tlow\t0.6\tinf\t\t\n"
)
