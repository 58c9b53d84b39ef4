// The alignment of networks of arXiv:2209.07509 as a process subject of the system `alignment`: it offers all of
// it, by JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check alignment --subject 'cmd: node alignment.mjs'

import { serve } from "./serve.mjs";

const sum = (values) => values.reduce((total, value) => total + value, 0);
const range = (n) => Array.from({ length: n }, (_, i) => i);

function forward({ network, inputs }) {
  const hidden = [];
  let signals = inputs;
  network.weights.forEach((weight, t) => {
    if (t > 0) {
      signals = signals.map((signal) => signal.map((value) => Math.max(value, 0)));
      hidden.push(signals);
    }
    signals = signals.map((signal) =>
      weight.map((row, i) => sum(row.map((entry, j) => entry * signal[j])) + (network.biases?.[t][i] ?? 0)),
    );
  });
  return { logits: signals, hidden };
}

// Shortest augmenting paths: the units of `first` are assigned one after the other.
function assign(similar) {
  const n = similar.length;
  const [u, v] = [new Array(n + 1).fill(0), new Array(n + 1).fill(0)];
  const rowOf = new Array(n + 1).fill(n);
  for (let i = 0; i < n; i++) {
    const least = new Array(n).fill(Infinity);
    const [way, done] = [new Array(n).fill(n), new Array(n + 1).fill(false)];
    let column = n;
    rowOf[n] = i;
    do {
      done[column] = true;
      const row = rowOf[column];
      let next = -1;
      for (let j = 0; j < n; j++) {
        if (done[j]) continue;
        const reduced = -similar[row][j] - u[row] - v[j];
        if (reduced < least[j]) [least[j], way[j]] = [reduced, column];
        if (next < 0 || least[j] < least[next]) next = j;
      }
      const step = least[next];
      for (let j = 0; j <= n; j++) {
        if (done[j]) [u[rowOf[j]], v[j]] = [u[rowOf[j]] + step, v[j] - step];
        else least[j] -= step;
      }
      column = next;
    } while (rowOf[column] < n);
    for (; column < n; column = way[column]) rowOf[column] = rowOf[way[column]];
  }
  const p = new Array(n);
  for (let j = 0; j < n; j++) p[rowOf[j]] = j;
  return p;
}

const unit = (column) => {
  const length = Math.hypot(...column);
  return column.map((value) => (length > 0 ? value / length : 0));
};

function match_layer({ first, second }) {
  const columns = (rows) => range(rows[0]?.length ?? 0).map((i) => unit(rows.map((row) => row[i])));
  const [one, other] = [columns(first), columns(second)];
  return assign(one.map((a) => other.map((b) => sum(a.map((value, k) => value * b[k])))));
}

// The second network is permuted on the way, so that each layer is matched with what stands before it in place.
function match({ first, second, inputs }) {
  const sizes = first.weights.slice(0, -1).map((weight) => weight.length);
  if (inputs.length === 0) return sizes.map(range);
  const { hidden } = forward({ network: first, inputs });
  const found = sizes.map(range);
  sizes.forEach((_, t) => {
    const moved = permute({ network: second, permutations: found });
    found[t] = match_layer({ first: hidden[t], second: forward({ network: moved, inputs }).hidden[t] });
  });
  return found;
}

function permute({ network, permutations }) {
  const rows = [...permutations, range(network.weights.at(-1).length)];
  const columns = [range(network.weights[0][0].length), ...permutations];
  return {
    weights: network.weights.map((weight, t) => rows[t].map((i) => columns[t].map((j) => weight[i][j]))),
    biases: network.biases && network.biases.map((bias, t) => rows[t].map((i) => bias[i])),
  };
}

function interpolate({ first, second, weight }) {
  const mixed = (one, other) =>
    Array.isArray(one) ? one.map((part, i) => mixed(part, other[i])) : weight * one + (1 - weight) * other;
  return {
    weights: mixed(first.weights, second.weights),
    biases: first.biases && mixed(first.biases, second.biases),
  };
}

function barrier({ losses, weights }) {
  return Math.max(...losses.map((loss, k) => loss - weights[k] * losses.at(-1) - (1 - weights[k]) * losses[0]));
}

const operations = { forward, match_layer, match, permute, interpolate, barrier };
await serve("alignment in JavaScript", operations, { method: "activation" });
