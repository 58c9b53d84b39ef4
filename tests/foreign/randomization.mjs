// Randomised algorithms and their relaxed loss (arXiv:2408.10818) as a process subject of the system
// `randomization`, by JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check randomization --subject 'cmd: node randomization.mjs'

import { demand, isInteger, serve } from "./serve.mjs";
import { generator } from "./sfc32.mjs";

const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

function relaxed_loss({ losses, q }) {
  demand(losses.length > 0 && losses[0].length > 0, "losses must not be empty");
  const [m, n] = [losses.length, losses[0].length];
  const means = losses[0].map((_, x) => mean(losses.map((row) => row[x])));
  const largest = Math.max(...means);
  let [value, slopes] = [largest, new Array(n).fill(0)];
  if (q === null) slopes[means.indexOf(largest)] = 1;
  else if (largest > 0) {
    value = largest * mean(means.map((l) => (l / largest) ** q)) ** (1 / q);
    slopes = means.map((l) => (l / value) ** (q - 1) / n);
  }
  return { value, gradient: losses.map(() => slopes.map((slope) => slope / m)) };
}

function vote({ outputs }) {
  const counts = new Map();
  for (const output of outputs) counts.set(output, (counts.get(output) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return Math.min(...[...counts].filter(([, count]) => count === most).map(([output]) => output));
}

// The flip of an index: the first draws belong to the indices before it.
function flips(seed, count) {
  const draw = generator(seed);
  return Array.from({ length: count }, () => draw() >>> 31);
}

function store({ values, seed }) {
  const flip = flips(seed, values.length);
  const ones = values.reduce((sum, value, i) => sum + (value ^ flip[i]), 0);
  return Number(2 * ones > values.length);
}

const recall = ({ memory, query, seed }) => memory ^ flips(seed, query + 1)[query];

function color_cycle({ order, seed }) {
  const draw = generator(seed);
  const colors = order.map((_, id) => id % 3);
  for (let i = colors.length - 1; i > 0; i--) {
    // 53 bits: the remainder is uniform but for 2^-48
    const j = ((draw() >>> 11) * 2 ** 32 + draw()) % (i + 1);
    [colors[i], colors[j]] = [colors[j], colors[i]];
  }
  return order.map((id) => colors[id]);
}

// A cycle through all cells, columns to and fro below the first row, which is the way back; both sides odd,
// the last cell is left out, and the last three columns are gone through in another way.
function cycle(rows, columns) {
  if (columns % 2 === 1 && rows % 2 === 0) return cycle(columns, rows).map(([i, j]) => [j, i]);
  const plain = columns % 2 === 0 ? columns : columns - 3;
  const cells = [[0, 0]];
  const down = Array.from({ length: rows - 1 }, (_, i) => i + 1);
  for (let j = 0; j < plain; j++) for (const i of j % 2 ? [...down].reverse() : down) cells.push([i, j]);
  if (plain < columns) {
    for (const i of down) cells.push([i, plain]);
    cells.push([rows - 1, plain + 1]);
    for (let i = rows - 2; i > 0; i--) {
      const pair = [[i, plain + 1], [i, plain + 2]];
      cells.push(...(i % 2 ? pair : pair.reverse()));
    }
  }
  for (let j = columns - 1; j > 0; j--) cells.push([0, j]);
  return cells;
}

function explore({ rows, columns, seed }) {
  demand(isInteger(rows, 1, 1000) && isInteger(columns, 1, 1000), "rows and columns must be positive");
  const backwards = generator(seed)() >>> 31;
  if (rows === 1 || columns === 1) {
    return Array.from({ length: rows * columns }, (_, k) => (rows === 1 ? [0, k] : [k, 0]));
  }
  const [start, ...rest] = cycle(rows, columns);
  const walk = [start, ...(backwards ? rest.reverse() : rest)];
  if (walk.length === rows * columns) return walk;
  const beside = ([i, j]) => i === rows - 2 && j === columns - 1;
  return walk.flatMap((cell) => (beside(cell) ? [cell, [rows - 1, columns - 1], cell] : [cell]));
}

await serve("randomization.mjs", { relaxed_loss, vote, store, recall, color_cycle, explore });
