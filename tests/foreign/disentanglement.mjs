// Scores of structured representations, in JavaScript: all levels from one pass over the matrix.
//
//     whp check disentanglement --subject 'cmd: node disentanglement.mjs'

import { serve } from "./serve.mjs";

/** Return the sums of absolute values, the largest scaled to 1, over the groups of rows and of columns. */
function sums(matrix, rowOf, columnOf, rows, columns) {
  let peak = 0;
  for (const row of matrix) for (const entry of row) peak = Math.max(peak, Math.abs(entry));
  const table = Array.from({ length: rows }, () => new Float64Array(columns));
  if (peak > 0) {
    matrix.forEach((row, i) => row.forEach((entry, j) => (table[rowOf(i)][columnOf(j)] += Math.abs(entry) / peak)));
  }
  return table;
}

/** Return 1 - (entropy of what follows, given the line) / log of how many there are. */
function concentration(lines, count) {
  const total = lines.reduce((sum, line) => sum + line.reduce((a, b) => a + b, 0), 0);
  if (total === 0) return 0;
  if (count === 1) return 1;
  let lost = 0;
  for (const line of lines) {
    const mass = line.reduce((a, b) => a + b, 0);
    for (const entry of line) if (entry > 0) lost += (entry / total) * Math.log(mass / entry);
  }
  return 1 - lost / Math.log(count);
}

function scored(table, columns) {
  const turned = Array.from({ length: columns }, (_, j) => table.map((row) => row[j]));
  return {
    disentanglement: concentration(table.map((row) => Array.from(row)), columns),
    completeness: concentration(turned, table.length),
  };
}

const answers = {
  scores({ importances, latent_groups, factor_groups }) {
    const width = importances.length > 0 ? importances[0].length : (factor_groups ?? []).length;
    const count = (groups, size) => (groups === null ? size : Math.max(-1, ...groups) + 1);
    const [rows, columns] = [count(latent_groups, importances.length), count(factor_groups, width)];
    const of = (groups) => (groups === null ? (i) => i : (i) => groups[i]);
    return scored(sums(importances, of(latent_groups), of(factor_groups), rows, columns), columns);
  },

  levels({ importances, slots, objects }) {
    const [rows, columns] = [importances.length, importances[0].length];
    const [d, m] = [rows / slots, columns / objects];
    const level = (row, column, a, b) => scored(sums(importances, row, column, a, b), b);
    return {
      flat: level((i) => i, (j) => j, rows, columns),
      object: level((i) => Math.floor(i / d), (j) => Math.floor(j / m), slots, objects),
      property: level((i) => i % d, (j) => j % m, d, m),
    };
  },
};

await serve("disentanglement.mjs", answers);
