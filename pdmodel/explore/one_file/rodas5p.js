// A Rosenbrock method with adaptive steps, of the coefficients that pdmodel itself compiles. Doses
// are edges between stretches of a run, so that no step passes over one.

const MOST_STEPS = 200_000;
// Multipliers above which a step is not trusted: half of the digits may be lost.
const MOST_GROWTH = 1e8;
// How much of what a rejected step would have reached counts as the size of a state: one that grows
// out of nothing has a size from then on.
const TRIED = 1e-3;

// Return where the factors of a matrix are not 0: by column the rows below, by row those to its right.
function filled(n, rows, columns) {
  const there = Array.from({ length: n }, () => new Uint8Array(n));
  rows.forEach((row, k) => { there[row][columns[k]] = 1; });
  const later = Array.from({ length: n }, (_, i) => i);
  const below = [];
  const right = [];
  for (let k = 0; k < n; k += 1) {
    below.push(Int32Array.from(later.filter((i) => i > k && there[i][k])));
    right.push(Int32Array.from(later.filter((j) => j > k && there[k][j])));
    for (const i of below[k]) for (const j of right[k]) there[i][j] = 1;
  }
  return { below, right };
}

// Return a function that runs a model. `model` has `size`, `start`, `rate` and `slope`; `method` the
// coefficients.
export function solver(model, method) {
  const n = model.size.states;
  const { rows, columns, timed } = model.size;
  const stages = method.nodes.length;
  const dense = method.dense.length;
  const aOf = Float64Array.from(method.a.flat());
  const cOf = Float64Array.from(method.c.flat());
  const before = new Float64Array(n);
  const stage = Array.from({ length: stages }, () => new Float64Array(n));
  const matrix = new Float64Array(n * n);
  const { below, right } = filled(n, rows, columns);
  const slopes = new Float64Array(n + rows.length + (timed ? n : 0));
  const at = new Float64Array(n);
  const end = new Float64Array(n);
  const infused = new Float64Array(n);
  const peak = new Float64Array(n);
  let y = new Float64Array(n);

  // Factors in the order of the states, without exchange of rows: that would leave rounding in a
  // state that is exactly 0. Returns the largest multiplier.
  function factorise(diagonal) {
    matrix.fill(0);
    for (let k = 0; k < rows.length; k += 1) matrix[rows[k] * n + columns[k]] = -slopes[n + k];
    for (let i = 0; i < n; i += 1) matrix[i * n + i] += diagonal;
    let growth = 0;
    for (let k = 0; k < n; k += 1) {
      const inverse = 1 / matrix[k * n + k];
      for (const i of below[k]) {
        const share = matrix[i * n + k] *= inverse;
        growth = Math.max(growth, Math.abs(share));
        for (const j of right[k]) matrix[i * n + j] -= share * matrix[k * n + j];
      }
    }
    return growth;
  }

  function solve(b) {
    for (let k = 0; k < n; k += 1) {
      const rest = below[k];
      for (let m = 0; m < rest.length; m += 1) b[rest[m]] -= matrix[rest[m] * n + k] * b[k];
    }
    for (let i = n - 1; i >= 0; i -= 1) {
      const rest = right[i];
      let sum = b[i];
      for (let m = 0; m < rest.length; m += 1) sum -= matrix[i * n + rest[m]] * b[rest[m]];
      b[i] = sum / matrix[i * n + i];
    }
  }

  // One step of length h from t: fills `stage` and `end`, returns its error over what is allowed.
  function step(t, h, p, allowed) {
    model.slope(t, y, p, slopes);
    if (!(factorise(1 / (h * method.gamma)) < MOST_GROWTH)) return NaN;
    for (let s = 0; s < stages; s += 1) {
      const u = stage[s];
      at.set(y);
      before.fill(0);
      for (let j = 0; j < s; j += 1) {
        const earlier = stage[j];
        const a = aOf[s * stages + j];
        const c = cOf[s * stages + j] / h;
        for (let i = 0; i < n; i += 1) {
          at[i] += a * earlier[i];
          before[i] += c * earlier[i];
        }
      }
      if (s === 0) for (let i = 0; i < n; i += 1) u[i] = slopes[i];
      else model.rate(t + method.nodes[s] * h, at, p, u);
      for (let i = 0; i < n; i += 1) u[i] += infused[i] + before[i];
      if (timed) for (let i = 0; i < n; i += 1) u[i] += method.timeFactors[s] * h * slopes[n + rows.length + i];
      solve(u);
    }
    let sum = 0;
    for (let i = 0; i < n; i += 1) {
      const last = stage[stages - 1][i];
      end[i] = at[i] + last;
      const scale = Math.max(allowed.absolute[i], allowed.share[i] * peak[i]) + allowed.relative * Math.max(Math.abs(y[i]), Math.abs(end[i]));
      sum += (last / scale) ** 2;
    }
    return Math.sqrt(sum / n);
  }

  // Return the state a share of the last step after its start.
  function between(share) {
    const value = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      let bend = 0;
      for (let s = 0; s < stages; s += 1) {
        let weight = method.dense[dense - 1][s];
        for (let k = dense - 2; k >= 0; k -= 1) weight = method.dense[k][s] + share * weight;
        bend += weight * stage[s][i];
      }
      value[i] = (1 - share) * y[i] + share * (end[i] + (1 - share) * bend);
    }
    return value;
  }

  // Return the states on the days of `plan.rows`, each before what is given on that day. `plan` has
  // rows, days and edges; `amounts` scales what is given by state; `allowed` has the relative
  // error of a step, and by state the absolute one or its share of the largest value so far.
  return function run(p, plan, amounts, allowed) {
    const kept = [];
    // About a row: a corner of a rate, or its swing in time, is met by several steps.
    const longest = plan.days / 448;
    let t = 0;
    let first = Math.min(1e-3, plan.days / 1000);
    let steps = 0;
    model.start(p, y);
    infused.fill(0);
    peak.fill(0);
    const note = () => { for (let i = 0; i < n; i += 1) peak[i] = Math.max(peak[i], Math.abs(y[i])); };
    const noteTried = () => {
      for (let i = 0; i < n; i += 1) if (peak[i] === 0 && Number.isFinite(end[i])) peak[i] = TRIED * Math.abs(end[i]);
    };
    note();
    while (kept.length < plan.rows.length && plan.rows[kept.length] <= 0) kept.push(y.slice());

    function advance(until) {
      let h = first;
      let fresh = true;
      while (t < until) {
        h = Math.min(h, longest);
        const last = t + 1.01 * h >= until;
        if (last) h = until - t;
        if ((steps += 1) > MOST_STEPS || !(t + h > t)) throw new Error(`the integration stopped on day ${t.toPrecision(4)}`);
        const error = step(t, h, p, allowed);
        const factor = error > 0 ? Math.min(6, Math.max(0.2, 0.9 * error ** (-1 / method.order))) : error === 0 ? 6 : 0.2;
        if (!(error <= 1)) { noteTried(); h *= factor; continue; }
        const now = last ? until : t + h;
        while (kept.length < plan.rows.length && plan.rows[kept.length] <= now) {
          const row = plan.rows[kept.length];
          kept.push(row === now ? end.slice() : between((row - t) / h));
        }
        if (fresh) first = h * factor;
        fresh = false;
        t = now;
        y.set(end);
        note();
        h *= factor;
      }
    }

    for (const [day, changes] of plan.edges) {
      advance(day);
      for (const [kind, state, value] of changes) {
        const given = value * (amounts[state] ?? 1);
        if (kind === "add") y[state] += given;
        else infused[state] = given;
      }
      note();
    }
    advance(plan.days);
    return kept;
  };
}
