"""The Rosenbrock method that is compiled, as one object: nothing else knows which one it is.

In the form without products of the Jacobian (Hairer and Wanner, Solving Ordinary Differential
Equations II, section IV.7), with W = 1/(h gamma) - J and n stages, counted from 0:

    W u_i = f(t + c_i h, y + sum_j A_ij u_j) + sum_j C_ij u_j / h + d_i h df/dt
    y1 = y + sum_j A_nj u_j + u_n,  error = u_n,  where n is the last stage
    y(t + s h) = (1 - s) y + s (y1 + (1 - s) sum_j (H_0j + s H_1j + s^2 H_2j ...) u_j)

So a method must be stiffly accurate, with the last stage for its error.

The dense output is of one order less than the step. What it errs by shows where the step begins,
where its slope is not the derivative that the step began with: the difference is the defect

    D = y1 - y + sum_j H_0j u_j - h f(t, y)

which costs no evaluation. A multiple of it and one of the error are added, and what they take away
is most of what is missing (`refinement`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pdmodel.arrays import Array


@dataclass(frozen=True, eq=False)
class Tableau:
    """A stiffly accurate Rosenbrock method of at most eight stages.

    Parameters
    ----------
    name
        As results give it.
    order
        Of the steps, from which the next step's length follows.
    gamma
        On the diagonal, the same for all stages.
    a, c
        A and C, shape (stages, stages), strictly lower triangular.
    nodes, time_factors
        c_i and d_i, shape (stages,).
    dense
        H, shape (degree, stages), of three rows at most: the dense output is of order degree + 1.
    refinement
        What error and defect count beyond that, divided by s (1 - s): coefficients of powers of s
        that rise from 0, shape (2, 4).
    """

    name: str
    order: int
    gamma: float
    a: Array
    c: Array
    nodes: Array
    time_factors: Array
    dense: Array
    refinement: Array

    @property
    def stages(self) -> int:
        """How many linear systems a step takes."""
        return len(self.nodes)

    @property
    def first_copy(self) -> int:
        """The first of the last stages, each of which begins where the one before it ended."""
        stage = self.stages
        while self._is_copy(stage - 1):
            stage -= 1
        return stage

    def _is_copy(self, stage: int) -> bool:
        before = [*self.a[stage - 1, : stage - 1], 1.0]
        return stage > 1 and self.a[stage, :stage].tolist() == before

    def weights(self, share: float) -> list[float]:
        """Return what the dense output weighs stages by, a share of the step after its start."""
        weights = self.dense[-1]
        for row in self.dense[-2::-1]:
            weights = row + share * weights
        return [float(weight) for weight in weights]


# G. Steinebach: Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within
# the Julia Differential Equations package. BIT Numerical Mathematics 63, 27 (2023),
# doi:10.1007/s10543-023-00967-x. L-stable, of order 5(4); dense output of order 4.
_A = np.zeros((8, 8))
_A[1, :1] = (3.0,)
_A[2, :2] = (2.849394379747939, 0.45842242204463923)
_A[3, :3] = (-6.954028509809101, 2.489845061869568, -10.358996098473584)
_A[4, :4] = (
    2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641,
)  # fmt: skip
_A[5, :5] = (
    -7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256,
    0.030198172008377946,
)  # fmt: skip
_A[6, :6] = (*_A[5, :5], 1.0)
_A[7, :7] = (*_A[5, :5], 1.0, 1.0)

_C = np.zeros((8, 8))
_C[1, :1] = (-14.155112264123755,)
_C[2, :2] = (-17.97296035885952, -2.859693295451294)
_C[3, :3] = (147.12150275711716, -1.41221402718213, 71.68940251302358)
_C[4, :4] = (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306)
_C[5, :5] = (
    24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125,
    -0.6610691825249471,
)  # fmt: skip
_C[6, :6] = (
    30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783,
    -19.097331116725623, -28.087943162872662,
)  # fmt: skip
_C[7, :7] = (
    37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047,
    -40.06618937091002, -54.66780262877968, -9.48861652309627,
)  # fmt: skip

_H = np.array(
    [
        [
            25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204,
            0.524948541321073, 1.1241088310450404, 0.4272876194431874, -0.17202221070155493,
        ],
        [
            -9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796,
            20.176138334709044, 15.98066361424651, -6.789040303419874, -6.710236069923372,
        ],
        [
            11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643,
            -52.072871366152654, -59.78993625266729, -0.15582684282751913, 4.883087185713722,
        ],
    ]
)  # fmt: skip


# c_i and d_i follow from A and C (a test derives them).
_NODES = np.array(
    [0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664, 1, 1, 1]
)
_TIME_FACTORS = np.array(
    [
        0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734,
        2.325825639765069, 0, 0, 0,
    ]
)  # fmt: skip

# Ours. With them four of the nine conditions of order 5 hold at any share of the step, among them
# all that count where equations are linear; a test derives them.
_REFINEMENT = np.array(
    [
        [0.0, 1.291868709806646, -6.848859761480862, 5.787393943044489],
        [-1.0, 7.945235701285439, -16.609597560101044, 9.664361858814017],
    ]
)

METHOD = Tableau("Rodas5P", 5, 0.21193756319429014, _A, _C, _NODES, _TIME_FACTORS, _H, _REFINEMENT)
"""What is compiled, for every model and every run."""
