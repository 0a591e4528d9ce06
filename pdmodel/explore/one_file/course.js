// From what the hand has set to curves: parameters, a run for each patient, what is drawn of it.

// Return a function of a view that gives an answer of the same shape as the explorer's server.
// `file` is what was saved beside the equations; `run` what `solver` returned.
export function simulator(equations, run, file) {
  const { size } = equations;
  const place = new Map(file.parameters.map((name, n) => [name, n]));
  const others = new Float64Array(size.others);
  const rates = new Float64Array(size.processes);

  function parameters(patient, values) {
    const p = new Float64Array(size.fixed);
    file.defaults.forEach((value, n) => { p[n] = value; });
    const group = file.groups[patient.group] ?? { values: {}, own: {} };
    for (const named of [group.values, values, patient.values, group.own]) {
      for (const [name, value] of Object.entries(named)) if (place.has(name)) p[place.get(name)] = value;
    }
    equations.constants(p);
    for (const [n, name, least] of file.least) {
      if (!Number.isFinite(p[n]) || (least !== null && p[n] < least)) throw new Error(`the numbers give ${name} = ${p[n].toPrecision(4)}, which cannot be`);
    }
    return p;
  }

  function curves(p, states, names) {
    const columns = names.filter((name) => file.places[name]).map((name) => ({ name, at: file.places[name], values: [] }));
    const moves = columns.some(({ at }) => at[0] === "q");
    states.forEach((y, row) => {
      if (moves) equations.others(file.given.rows[row], y, p, others);
      for (const { at: [array, n], values } of columns) values.push(array === "y" ? y[n] : array === "q" ? others[n] : p[n]);
    });
    for (const { name, values } of columns) if (!values.every(Number.isFinite)) throw new Error(`${name} is no number`);
    return Object.fromEntries(columns.map(({ name, values }) => [name, { values }]));
  }

  // The rate of every process of a state, on the days of the rows.
  function moves(p, states, name) {
    const processes = file.processes.map(([state, process], n) => ({ state, n, name: process, values: [] })).filter(({ state }) => state === name);
    states.forEach((y, row) => {
      const day = file.given.rows[row];
      equations.others(day, y, p, others);
      equations.fluxes(day, y, p, others, rates);
      for (const { n, values } of processes) values.push(rates[n]);
    });
    return processes.map(({ name: process, values }) => ({ name: process, values }));
  }

  function drawn(patient, view, flux) {
    try {
      const p = parameters(patient, view.values);
      const states = run(p, file.given, view.amounts, file.allowed);
      if (patient.name === flux.patient) Object.assign(flux, { days: file.given.rows, processes: moves(p, states, flux.state) });
      return { name: patient.name, failure: "", days: file.given.rows, curves: curves(p, states, view.quantities) };
    } catch (error) {
      return { name: patient.name, failure: error.message, days: [], curves: {} };
    }
  }

  function doses(view) {
    return file.given.drugs.map(({ name, state, days, amounts }) => ({ drug: name, days, amounts: amounts.map((amount) => amount * (view.amounts[state] ?? 1)) }));
  }

  return (view) => {
    const flux = { ...view.flux, days: [], processes: [] };
    const patients = view.patients.map((patient) => drawn(patient, view, flux));
    return { patients, flux, doses: doses(view) };
  };
}
