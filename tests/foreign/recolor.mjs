// The recolouring process of arXiv:2002.05121 as a process subject of the system `coloring`: it offers color,
// recolor and trace, by JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check coloring --subject 'cmd: node recolor.mjs'

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

function neighborsOf(graph) {
  demand(isInteger(graph?.n, 0, 2 ** 31 - 2), "graph.n must be an integer in 0..2^31-2");
  demand(Array.isArray(graph.edges), "graph.edges must be a list");
  const neighbors = Array.from({ length: graph.n }, () => []);
  let last = [-1, -1];
  for (const edge of graph.edges) {
    demand(Array.isArray(edge) && edge.length === 2, "an edge must be a pair");
    const [u, v] = edge;
    demand(isInteger(u, 0, v - 1) && isInteger(v, 0, graph.n - 1), "an edge must have 0 <= u < v < n");
    demand(u > last[0] || (u === last[0] && v > last[1]), "edges must be sorted, each named once");
    neighbors[u].push(v);
    neighbors[v].push(u);
    last = edge;
  }
  return neighbors;
}

// The conflicted vertices, in a list to draw one by its index; `place` says where each stands.
class Conflicted {
  list = [];
  place = new Map();

  add(v) {
    this.place.set(v, this.list.length);
    this.list.push(v);
  }

  delete(v) {
    const last = this.list.pop();
    if (last !== v) {
      this.list[this.place.get(v)] = last;
      this.place.set(last, this.place.get(v));
    }
    this.place.delete(v);
  }
}

function run(neighbors, palette, given, draw) {
  const start = given ?? neighbors.map(() => below(palette, draw));
  const colors = [...start];
  const same = neighbors.map((near, v) => near.filter((u) => colors[u] === colors[v]).length);
  const conflicted = new Conflicted();
  same.forEach((count, v) => count > 0 && conflicted.add(v));
  const moves = [];
  while (conflicted.list.length > 0) {
    const v = conflicted.list[below(conflicted.list.length, draw)];
    const [old, color] = [colors[v], below(palette, draw)];
    moves.push([v, color]);
    if (color === old) continue;
    colors[v] = color;
    same[v] = 0;
    conflicted.delete(v);
    for (const u of neighbors[v]) {
      if (colors[u] === old && --same[u] === 0) conflicted.delete(u);
      if (colors[u] === color) {
        same[v]++;
        if (same[u]++ === 0) conflicted.add(u);
      }
    }
    if (same[v] > 0) conflicted.add(v);
  }
  return { start, moves, colors, steps: moves.length };
}

const maxDegree = (neighbors) => neighbors.reduce((most, near) => Math.max(most, near.length), 0);

function seeded({ seed }) {
  demand(isInteger(seed, 0, Number.MAX_SAFE_INTEGER), "seed must be an integer in 0..2^53-1");
  return generator(seed);
}

function recolor(params) {
  const neighbors = neighborsOf(params?.graph);
  const { colors, steps } = run(neighbors, maxDegree(neighbors) + 1, null, seeded(params));
  return { colors, steps };
}

function trace(params) {
  const neighbors = neighborsOf(params?.graph);
  const { palette, start } = params;
  const enough = isInteger(palette, maxDegree(neighbors) + 1, Number.MAX_SAFE_INTEGER);
  demand(enough, "palette must be an integer above the largest degree");
  if (start !== null) {
    demand(Array.isArray(start) && start.length === neighbors.length, "start must be null or n integers");
    const inPalette = start.every((color) => isInteger(color, 0, palette - 1));
    demand(inPalette, "start must have colours in 0..palette-1");
  }
  return run(neighbors, palette, start, seeded(params));
}

await serve("recolor.mjs", { color: (params) => ({ colors: recolor(params).colors }), recolor, trace });
