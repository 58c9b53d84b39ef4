// Static Permutation Mastermind (arXiv:2103.02527) as a process subject of the system `mastermind`, by JSON-RPC
// 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check mastermind --subject 'cmd: node mastermind.mjs'

import { demand, isInteger, serve } from "./serve.mjs";
import { generator } from "./sfc32.mjs";

// A uniform integer in 0..bound-1. Of the 2^53 values the last 2^53 mod bound are drawn again, because the
// others fall into equally many for each remainder.
function below(bound, draw) {
  const even = 2 ** 53 - (2 ** 53 % bound);
  let value;
  do value = (draw() >>> 11) * 2 ** 32 + draw();
  while (value >= even);
  return value % bound;
}

function permutation(word, n) {
  return Array.isArray(word) && word.length === n && new Set(word).size === n && word.every((x) => isInteger(x, 0, n - 1));
}

function readQueries(params) {
  const { queries } = params;
  demand(Array.isArray(queries) && queries.length > 0 && Array.isArray(queries[0]), "queries must be permutations");
  const n = queries[0].length;
  demand(n > 0 && queries.every((query) => permutation(query, n)), "queries must be permutations of one length");
  return { queries, n };
}

const agree = (query, word) => query.reduce((sum, color, i) => sum + (color === word[i]), 0);

function answers(params) {
  const { queries, n } = readQueries(params);
  demand(permutation(params.codeword, n), "codeword must be a permutation");
  return queries.map((query) => agree(query, params.codeword));
}

function queries({ n, seed }) {
  demand(isInteger(n, 1, 2 ** 20) && isInteger(seed, 0, 2 ** 53 - 1), "n and seed must be integers");
  const draw = generator(seed);
  const factor = n < 5 ? 28 : n < 16 ? 7 : 4;
  return Array.from({ length: Math.ceil(factor * n * Math.log(n)) }, () => {
    const word = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = below(i + 1, draw);
      [word[i], word[j]] = [word[j], word[i]];
    }
    return word;
  });
}

// Rounds of the two rules until nothing changes; colours that are fixed are ruled out elsewhere.
function decode(params) {
  const { queries, n } = readQueries(params);
  const told = params.answers;
  demand(Array.isArray(told) && told.length === queries.length, "answers must be one a query");
  const left = Array.from({ length: n }, () => new Set(Array.from({ length: n }, (_, j) => j)));
  const word = new Array(n).fill(-1);
  for (let changed = true; changed; ) {
    changed = false;
    queries.forEach((query, q) => {
      if (told[q] !== query.reduce((sum, color, i) => sum + (word[i] === color), 0)) return;
      query.forEach((color, i) => {
        if (word[i] < 0 && left[i].delete(color)) changed = true;
      });
    });
    for (let i = 0; i < n; i++) {
      if (left[i].size === 0) return { status: "inconsistent", codeword: null };
      if (word[i] >= 0 || left[i].size > 1) continue;
      [word[i]] = left[i];
      changed = true;
      left.forEach((colors, other) => other !== i && colors.delete(word[i]));
    }
  }
  if (word.includes(-1)) return { status: "stuck", codeword: null };
  const right = queries.every((query, q) => agree(query, word) === told[q]);
  return right ? { status: "decoded", codeword: word } : { status: "inconsistent", codeword: null };
}

function* permutations(n, word = []) {
  if (word.length === n) yield word;
  for (let j = 0; j < n; j++) if (!word.includes(j)) yield* permutations(n, [...word, j]);
}

function resolves(params) {
  const { queries, n } = readQueries(params);
  const seen = new Set();
  for (const word of permutations(n)) {
    const key = queries.map((query) => agree(query, word)).join();
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

await serve("mastermind.mjs", { answers, queries, decode, resolves }, { design: "uniform" });
