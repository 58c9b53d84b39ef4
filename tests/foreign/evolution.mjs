// Evolution strategies with past descent directions (arXiv:1910.05268) as a process subject of the system
// `evolution`, by JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check evolution --subject 'cmd: node evolution.mjs'

import { demand, isInteger, serve } from "./serve.mjs";
import { generator } from "./sfc32.mjs";

// Normal numbers by the polar method (Marsaglia, Bray, 1964).
function normals(draw) {
  return () => {
    for (;;) {
      const [x, y] = [(draw() + 0.5) / 2 ** 31 - 1, (draw() + 0.5) / 2 ** 31 - 1];
      const square = x * x + y * y;
      if (square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  };
}

const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const scaled = (a, factor) => a.map((x) => x * factor);
const unit = (a) => {
  const largest = Math.max(...a.map(Math.abs));
  const small = scaled(a, 1 / largest);
  return scaled(small, 1 / Math.sqrt(dot(small, small)));
};

// What of a row lies outside of the span of orthonormal ones.
const outside = (row, rows) =>
  rows.reduce((left, other) => {
    const share = dot(left, other);
    return left.map((x, i) => x - share * other[i]);
  }, row);

function basis(surrogates) {
  const found = [];
  for (const row of surrogates) {
    if (row.every((x) => x === 0)) continue;
    const left = outside(unit(row), found);
    if (Math.sqrt(dot(left, left)) > 1e-8) found.push(unit(outside(unit(left), found)));
  }
  return found;
}

function directions({ n, surrogates, count, seed }) {
  demand(isInteger(n, 1, 2 ** 20) && isInteger(count, 0, n), "n and count must be integers");
  const rows = basis(surrogates);
  demand(rows.length + count >= 1 && rows.length + count <= n, "no more directions than variables");
  const normal = normals(generator(seed));
  for (let i = 0; i < count; i++) {
    let row = Array.from({ length: n }, normal);
    for (let again = 0; again < 3; again++) row = outside(unit(row), rows);
    rows.push(unit(row));
  }
  return rows;
}

function ask({ point, surrogates, count, sigma, seed }) {
  const rows = directions({ n: point.length, surrogates, count, seed });
  const side = (sign) => rows.map((row) => row.map((x, i) => point[i] + sign * sigma * x));
  return { points: [...side(1), ...side(-1)] };
}

function tell({ point, points, values, sigma }) {
  demand(points.length === values.length, "values must be one a point");
  const gradient = point.map(() => 0);
  const left = points.map((_, i) => i);
  const gap = (one, other) =>
    Math.max(...point.map((x, i) => Math.abs(points[one][i] - x + (points[other][i] - x))));
  while (left.length > 0) {
    const one = left.shift();
    const other = left.reduce((best, next) => (gap(one, next) < gap(one, best) ? next : best), left[0]);
    left.splice(left.indexOf(other), 1);
    const slope = (values[one] - values[other]) / (2 * sigma);
    points[one].forEach((x, i) => (gradient[i] += (slope * (x - points[other][i])) / (2 * sigma)));
  }
  return { gradient };
}

// The state has all that the next step needs; each step has a seed of its own, drawn from that of the last.
function goOn(state, surrogates) {
  const draw = generator(state.seed);
  const seed = (draw() >>> 11) * 2 ** 32 + draw();
  const count = state.count + 1 - surrogates.length;
  const { points } = ask({ ...state, surrogates, count, seed });
  return { state: { ...state, seed, points }, points };
}

const begin = ({ point, count, sigma, seed }) => goOn({ point, count, sigma, seed }, []);

function advance({ state, values }) {
  const { gradient } = tell({ ...state, values });
  return { ...goOn(state, gradient.some((x) => x !== 0) ? [gradient] : []), gradient };
}

await serve("evolution.mjs", { directions, ask, tell, begin, advance });
