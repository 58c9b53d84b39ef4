// The modular teachers of arXiv:2312.15001 as a process subject of the system `hyperteacher`: it offers whatever
// is exact, by JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check hyperteacher --subject 'cmd: node hyperteacher.mjs'

import { serve } from "./serve.mjs";
import { generator } from "./sfc32.mjs";

const sum = (values) => values.reduce((total, value) => total + value, 0);
const range = (n) => Array.from({ length: n }, (_, i) => i);
const transposed = (rows, columns) => range(columns).map((j) => rows.map((row) => row[j]));
const product = (a, b, columns) => a.map((row) => range(columns).map((j) => sum(row.map((v, k) => v * b[k][j]))));

function generate({ modules, code }) {
  const [{ length: n }, { length: h }] = [modules[0], modules[0][0]];
  return range(n).map((i) => range(h).map((k) => sum(code.map((z, m) => z * modules[m][i][k]))));
}

function apply({ modules, readout, code, inputs }) {
  const weights = generate({ modules, code });
  const root = Math.sqrt(weights.length);
  return inputs.map((x) => {
    const units = readout.map((_, k) => Math.max(0, sum(x.map((v, i) => v * weights[i][k])) / root));
    return readout[0].map((_, j) => sum(units.map((unit, k) => unit * readout[k][j])));
  });
}

// Supports. Integers of any length keep elimination exact: rows are combined crosswise and never divided but by
// the pivot before, which goes without a rest (Bareiss).
function support({ masks, count, continuous }) {
  const vectors = masks.map((mask) => range(count).map((m) => (mask.includes(m) ? 1n : 0n)));
  const owner = range(masks.length);
  const root = (i) => (owner[i] === i ? i : root(owner[i]));
  const join = (i, j) => {
    owner[root(i)] = root(j);
  };
  let rank = 0;
  if (continuous) {
    for (const m of range(count)) {
      const holders = range(masks.length).filter((i) => vectors[i][m] > 0n);
      holders.forEach((i) => join(i, holders[0]));
      rank += holders.length > 0 ? 1 : 0;
    }
  } else {
    const rows = transposed(vectors, count); // one column for each mask
    const pivots = [];
    let before = 1n;
    for (const column of range(masks.length)) {
      const found = range(count).find((row) => row >= rank && rows[row][column] !== 0n);
      if (found === undefined) continue;
      [rows[rank], rows[found]] = [rows[found], rows[rank]];
      const pivot = rows[rank][column];
      for (const row of range(count)) {
        if (row === rank) continue;
        const factor = rows[row][column];
        rows[row] = rows[row].map((value, j) => (pivot * value - factor * rows[rank][j]) / before);
      }
      before = pivot;
      pivots.push(column);
      rank += 1;
    }
    pivots.forEach((pivot, row) => rows[row].forEach((value, column) => value !== 0n && join(column, pivot)));
  }
  const components = new Set(range(masks.length).map(root)).size;
  return { rank, components, compositional: rank === count, connected: components === 1 };
}

function sample_codes({ masks, count, modules, continuous, seed }) {
  const draw = generator(seed);
  const uniform = () => (draw() * 2 ** 21 + (draw() >>> 11) + 0.5) / 2 ** 53;
  const below = (bound) => {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = draw();
    while (word >= limit) word = draw();
    return word % bound;
  };
  return range(count).map(() => {
    const active = [...new Set(masks[below(masks.length)])];
    const u = active.map(() => (continuous ? -Math.log(uniform()) : 0));
    const total = 1 + sum(u);
    const code = new Array(modules).fill(0);
    active.forEach((m, i) => {
      code[m] = continuous ? 0.5 + (0.5 * u[i]) / total : 1 / Math.sqrt(active.length);
    });
    return code;
  });
}

// The pseudo-inverse of a matrix, by rotations that make its columns orthogonal (Hestenes).
function inverse(matrix, columns) {
  const a = transposed(matrix, columns);
  const v = range(columns).map((i) => range(columns).map((j) => (i === j ? 1 : 0)));
  const dot = (x, y) => sum(x.map((value, i) => value * y[i]));
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let p = 0; p < columns; p++) {
      for (let q = p + 1; q < columns; q++) {
        const [alpha, beta, gamma] = [dot(a[p], a[p]), dot(a[q], a[q]), dot(a[p], a[q])];
        if (Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha * beta)) continue;
        turned = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const [c, s] = [1 / Math.hypot(1, t), t / Math.hypot(1, t)];
        for (const rows of [a, v]) {
          [rows[p], rows[q]] = [rows[p].map((x, i) => c * x - s * rows[q][i]), rows[q].map((x, i) => s * rows[p][i] + c * x)];
        }
      }
    }
  }
  const sizes = a.map((column) => Math.hypot(...column));
  const largest = Math.max(0, ...sizes);
  const kept = range(columns).filter((i) => sizes[i] > 1e-10 * largest);
  return range(columns).map((j) =>
    matrix.map((_, row) => sum(kept.map((i) => (v[i][j] * a[i][row]) / sizes[i] ** 2))),
  );
}

// The largest sum of one entry a row, in columns of which none is used twice.
function assigned(similar, row = 0, used = new Set()) {
  if (row === similar.length) return 0;
  const free = range(similar[0].length).filter((column) => !used.has(column));
  const sums = free.map((column) => similar[row][column] + assigned(similar, row + 1, new Set([...used, column])));
  return Math.max(...sums);
}

function identification({ modules, codes, student_modules, student_codes }) {
  const [count, own, n, h, g] = [
    modules.length,
    student_modules.length,
    modules[0].length,
    modules[0][0].length,
    student_modules[0][0].length,
  ];
  const map = product(inverse(student_codes, own), codes, count);
  const back = inverse(map, count);
  const places = range(count).flatMap((m) => range(n).map((i) => [m, i]));
  const columns = range(h).map((k) => places.map(([m, i]) => modules[m][i][k]));
  const others = range(g).map((k) =>
    places.map(([m, i]) => sum(back[m].map((value, j) => value * student_modules[j][i][k]))),
  );
  const cosine = (x, y) => {
    const size = Math.hypot(...x) * Math.hypot(...y);
    return size > 0 ? sum(x.map((value, i) => value * y[i])) / size : 0;
  };
  const [few, many] = h <= g ? [columns, others] : [others, columns];
  return assigned(few.map((x) => many.map((y) => cosine(x, y)))) / h;
}

await serve("hyperteacher in JavaScript", { generate, apply, support, sample_codes, identification });
