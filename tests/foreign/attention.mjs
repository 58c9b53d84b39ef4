// Linear attention and gated networks (arXiv:2309.01775) as a process subject of the system `attention`, by
// JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check attention --subject 'cmd: node attention.mjs'

import { serve } from "./serve.mjs";

const zeros = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(0));
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const times = (matrix, vector) => matrix.map((row) => dot(row, vector));
const transposed = (matrix) => matrix[0].map((_, j) => matrix.map((row) => row[j]));

function addOuter(sum, column, row) {
  column.forEach((a, i) => row.forEach((b, j) => (sum[i][j] += a * b)));
}

// The fast weights S_t, one token after the other.
function attend({ inputs, query, key, value }) {
  const state = zeros(value.length, key.length);
  return inputs.map((token) => {
    addOuter(state, times(value, token), times(key, token));
    return times(state, times(query, token));
  });
}

// Forwards with S_t for the queries; backwards with the sum of cotangent query^T for keys and values.
function vjp({ inputs, query, key, value, cotangent }) {
  const [k, v, d] = [key.length, value.length, key[0].length];
  const found = { inputs: zeros(inputs.length, d), query: zeros(k, d), key: zeros(k, d), value: zeros(v, d) };
  const add = (name, matrix, t, slope) => {
    addOuter(found[name], slope, inputs[t]);
    times(transposed(matrix), slope).forEach((x, j) => (found.inputs[t][j] += x));
  };
  const past = zeros(v, k);
  inputs.forEach((token, t) => {
    addOuter(past, times(value, token), times(key, token));
    add("query", query, t, times(transposed(past), cotangent[t]));
  });
  const future = zeros(v, k);
  for (let t = inputs.length - 1; t >= 0; t--) {
    addOuter(future, cotangent[t], times(query, inputs[t]));
    add("value", value, t, times(future, times(key, inputs[t])));
    add("key", key, t, times(transposed(future), times(value, inputs[t])));
  }
  return found;
}

// One record a neuron, and one a product of two gates: [[neuron, factor], ...] twice, and the column of readout.
function network(neurons, products) {
  const row = (entries, length) => {
    const made = new Array(length).fill(0);
    for (const [place, factor] of entries) made[place] += factor;
    return made;
  };
  return {
    decay: neurons.map(({ decay }) => decay),
    input_a: neurons.map(({ a }) => a),
    input_b: neurons.map(({ b }) => b),
    gate_a: products.map(({ one }) => row(one, neurons.length)),
    gate_b: products.map(({ other }) => row(other, neurons.length)),
    readout: transposed(products.map(({ column }) => column)),
  };
}

function construct({ query, key, value, compact }) {
  const d = key[0].length;
  const memoryless = (row) => ({ decay: 0, a: [...row, 0], b: [...new Array(d).fill(0), 1] });
  if (!compact) {
    const neurons = value.flatMap((x) => key.map((y) => ({ decay: 1, a: [...x, 0], b: [...y, 0] })));
    const products = value.flatMap((_, i) =>
      key.map((_, j) => ({
        one: [[i * key.length + j, 1]],
        other: [[neurons.length + j, 1]],
        column: value.map((_, o) => Number(o === i)),
      })),
    );
    return network([...neurons, ...query.map(memoryless)], products);
  }
  const unit = (i) => Array.from({ length: d + 1 }, (_, j) => Number(i === j));
  const neurons = [];
  const place = zeros(d, d);
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      place[i][j] = place[j][i] = neurons.length;
      neurons.push({ decay: 1, a: unit(i), b: unit(j) });
    }
  }
  const held = neurons.length;
  const joint = transposed(key).map((column) => transposed(query).map((other) => dot(column, other)));
  // Every C_ij q_j by itself: d^2 products.
  const products = place.flatMap((row, i) =>
    row.map((neuron, j) => ({ one: [[neuron, 1]], other: [[held + j, 1]], column: value.map((x) => x[i]) })),
  );
  return network([...neurons, ...joint.map(memoryless)], products);
}

function run({ network, inputs }) {
  const { decay, input_a, input_b, gate_a, gate_b, readout } = network;
  let state = decay.map(() => 0);
  return inputs.map((token) => {
    const augmented = [...token, 1];
    const [a, b] = [times(input_a, augmented), times(input_b, augmented)];
    state = state.map((x, i) => decay[i] * x + a[i] * b[i]);
    const [one, other] = [times(gate_a, state), times(gate_b, state)];
    return times(readout, one.map((x, o) => x * other[o]));
  });
}

function predict({ inputs, targets, query, rate }) {
  const agreements = times(inputs, query);
  return targets[0].map((_, o) => rate * dot(targets.map((row) => row[o]), agreements));
}

const shaped = (network) =>
  Object.fromEntries(
    Object.entries(network).map(([name, rows]) => [name, rows.map((row) => (row.map ? row.map(() => 0) : 0))]),
  );

// Sequence by sequence, and within one from its last token back to its first.
function network_gradient({ network, inputs, targets }) {
  const { decay, input_a, input_b, gate_a, gate_b, readout } = network;
  const found = shaped(network);
  const count = targets.flat(2).length;
  let loss = 0;
  inputs.forEach((sequence, b) => {
    let state = decay.map(() => 0);
    const kept = sequence.map((token, t) => {
      const z = [...token, 1];
      const [one, other] = [times(input_a, z), times(input_b, z)];
      const before = state;
      state = before.map((x, i) => decay[i] * x + one[i] * other[i]);
      const [left, right] = [times(gate_a, state), times(gate_b, state)];
      const products = left.map((x, o) => x * right[o]);
      const off = times(readout, products).map((y, o) => y - targets[b][t][o]);
      loss += dot(off, off) / count;
      return { z, one, other, before, state, left, right, products, off };
    });
    let later = decay.map(() => 0);
    for (const { z, one, other, before, state, left, right, products, off } of kept.reverse()) {
      const slope = off.map((x) => (2 * x) / count);
      addOuter(found.readout, slope, products);
      const atProducts = times(transposed(readout), slope);
      const [atLeft, atRight] = [right, left].map((gate) => atProducts.map((x, o) => x * gate[o]));
      addOuter(found.gate_a, atLeft, state);
      addOuter(found.gate_b, atRight, state);
      const [byLeft, byRight] = [times(transposed(gate_a), atLeft), times(transposed(gate_b), atRight)];
      const atState = later.map((x, i) => x + byLeft[i] + byRight[i]);
      atState.forEach((x, i) => (found.decay[i] += x * before[i]));
      addOuter(found.input_a, atState.map((x, i) => x * other[i]), z);
      addOuter(found.input_b, atState.map((x, i) => x * one[i]), z);
      later = atState.map((x, i) => x * decay[i]);
    }
  });
  return { loss, network: found };
}

// Adam; float32 is not rounded to, which is no more than better.
function network_train({ network, inputs, targets, rate, clip }) {
  let now = network;
  const [first, second] = [shaped(network), shaped(network)];
  const losses = [];
  const each = (array, act) => array.map((x, i) => (x.map ? x.map((y, j) => act(y, i, j)) : act(x, i)));
  const at = (array, i, j) => (j === undefined ? array[i] : array[i][j]);
  inputs.forEach((batch, update) => {
    const { loss, network: slopes } = network_gradient({ network: now, inputs: batch, targets: targets[update] });
    losses.push(loss);
    const size = Math.sqrt(Object.values(slopes).flat(2).reduce((sum, g) => sum + g * g, 0));
    const share = clip === null || size === 0 ? 1 : Math.min(1, clip / size);
    const [m, v] = [1 - 0.9 ** (update + 1), 1 - 0.999 ** (update + 1)];
    const moved = {};
    for (const [name, array] of Object.entries(now)) {
      const g = (i, j) => at(slopes[name], i, j) * share;
      first[name] = each(first[name], (x, i, j) => 0.9 * x + 0.1 * g(i, j));
      second[name] = each(second[name], (x, i, j) => 0.999 * x + 0.001 * g(i, j) ** 2);
      moved[name] = each(
        array,
        (x, i, j) => x - (rate * (at(first[name], i, j) / m)) / (Math.sqrt(at(second[name], i, j) / v) + 1e-8),
      );
    }
    now = moved;
  });
  return { losses, network: now };
}

await serve("attention.mjs", { attend, vjp, construct, run, predict, network_gradient, network_train });
