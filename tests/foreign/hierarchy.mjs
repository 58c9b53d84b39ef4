// Hierarchical networks (arXiv:1910.05245) as a process subject of the system `hierarchy`, by JSON-RPC 2.0, one
// message a line. Node 20 or later, no packages. Every number is a node of a graph, and the gradient goes back
// through them one by one: slow, and as unlike the reference as can be. All arithmetic is in float64, also where
// float32 is asked for, which is near enough to it.
//
//     whp check hierarchy --subject 'cmd: node hierarchy.mjs'

import { serve } from "./serve.mjs";

// Numbers that know what they were made of

class Graph {
  constructor() {
    this.nodes = [];
  }

  node(value, sources = [], partials = []) {
    const made = { value, sources, partials, slope: 0 };
    this.nodes.push(made);
    return made;
  }

  sum(terms) {
    return this.node(terms.reduce((total, term) => total + term.value, 0), terms, terms.map(() => 1));
  }

  // bias + sum of weights[i] xs[i]
  dot(weights, xs, bias) {
    let value = bias.value;
    const sources = [bias];
    const partials = [1];
    for (let i = weights.length - 1; i >= 0; i--) {
      value += weights[i].value * xs[i].value;
      sources.push(weights[i], xs[i]);
      partials.push(xs[i].value, weights[i].value);
    }
    return this.node(value, sources, partials);
  }

  mul(a, b) {
    return this.node(a.value * b.value, [a, b], [b.value, a.value]);
  }

  scale(a, factor) {
    return this.node(a.value * factor, [a], [factor]);
  }

  tanh(a) {
    const y = Math.tanh(a.value);
    return this.node(y, [a], [(1 - y) * (1 + y)]);
  }

  sigmoid(a) {
    const y = 1 / (1 + Math.exp(-a.value));
    return this.node(y, [a], [y * (1 - y)]);
  }

  // log sum exp of a row, less its entry at `wanted`
  crossEntropy(row, wanted) {
    const most = Math.max(...row.map((x) => x.value));
    const odds = row.map((x) => Math.exp(x.value - most));
    const all = odds.reduce((total, one) => total + one, 0);
    const value = most + Math.log(all) - row[wanted].value;
    return this.node(value, row, odds.map((one, i) => one / all - (i === wanted ? 1 : 0)));
  }

  back(end) {
    end.slope = 1;
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const { slope, sources, partials } = this.nodes[i];
      if (slope !== 0) sources.forEach((source, j) => (source.slope += slope * partials[j]));
    }
  }
}

const deep = (value, act) => (Array.isArray(value) ? value.map((entry) => deep(entry, act)) : act(value));
const each = (record, act) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, act(value, name)]));

// The network, for one sequence at a time

class Network {
  constructor(graph, parameters, period) {
    this.graph = graph;
    this.p = parameters;
    this.period = period;
    this.levels = Object.keys(parameters).filter((name) => name.endsWith(".input")).length;
  }

  affine(name, x) {
    return this.p[`${name}.weight`].map((row, i) => this.graph.dot(row, x, this.p[`${name}.bias`][i]));
  }

  tick(level, u, s) {
    const g = this.graph;
    const p = (part) => this.p[`cell.${level}.${part}`];
    const ofInput = p("input").map((row, i) => g.dot(row, u, p("bias")[i]));
    const none = g.node(0);
    const ofState = p("hidden").map((row, i) => g.dot(row, s, p("bias_hidden")?.[i] ?? none));
    if (p("bias_hidden") === undefined) return ofInput.map((a, i) => g.tanh(g.sum([a, ofState[i]])));
    const h = s.length;
    return s.map((old, i) => {
      const r = g.sigmoid(g.sum([ofInput[i], ofState[i]]));
      const z = g.sigmoid(g.sum([ofInput[h + i], ofState[h + i]]));
      const n = g.tanh(g.sum([ofInput[2 * h + i], g.mul(r, ofState[2 * h + i])]));
      return g.sum([n, g.mul(z, g.sum([old, g.scale(n, -1)]))]);
    });
  }

  // Logits of each step, and the blocks of each level: the last state and what was heard. A level ticks by itself
  // when it has been handed `period` messages; it returns the state from which the block below is to start.
  run(inputs, cut) {
    const g = this.graph;
    const hidden = this.p["out.weight"][0].length;
    const states = Array.from({ length: this.levels + 1 }, () => Array.from({ length: hidden }, () => g.node(0)));
    const heard = states.map(() => []);
    const blocks = states.map(() => []);
    const logits = [];
    const hear = (level, message) => {
      states[level] = this.tick(level, message, states[level]);
      heard[level].push(message);
      if (level === 1) logits.push(this.affine("out", states[1]));
      if (level === this.levels || heard[level].length < this.period) return;
      blocks[level].push({ state: states[level], heard: heard[level] });
      heard[level] = [];
      hear(level + 1, cut ? states[level].map((x) => g.node(x.value)) : states[level]);
      states[level] = this.affine(`down.${level}`, states[level + 1]);
    };
    for (const x of inputs) hear(1, x);
    return { logits, blocks };
  }
}

// Operations

function forward({ parameters, inputs, period }) {
  const batch = inputs[0].length;
  const runs = Array.from({ length: batch }, (_, b) => {
    const graph = new Graph();
    const p = each(parameters, (value) => deep(value, (x) => graph.node(x)));
    const network = new Network(graph, p, period);
    return { ...network.run(inputs.map((step) => step[b].map((x) => graph.node(x))), true), levels: network.levels };
  });
  const values = (row) => row.map((x) => x.value);
  return {
    logits: inputs.map((_, t) => runs.map((run) => values(run.logits[t]))),
    messages: Array.from({ length: runs[0].levels - 1 }, (_, l) =>
      runs[0].blocks[l + 1].map((_, block) => runs.map((run) => values(run.blocks[l + 1][block].state))),
    ),
  };
}

function gradient({ parameters, inputs, targets, period, cut, weights, decoder }) {
  const graph = new Graph();
  const p = each(parameters, (value) => deep(value, (x) => graph.node(x)));
  const xs = deep(inputs, (x) => graph.node(x));
  const batch = inputs[0].length;
  const asked = targets.flat().filter((target) => target >= 0).length;
  const terms = [];
  for (let b = 0; b < batch; b++) {
    const network = new Network(graph, p, period);
    const { logits, blocks } = network.run(xs.map((step) => step[b]), cut);
    targets.forEach((step, t) => {
      if (step[b] >= 0) terms.push(graph.scale(graph.crossEntropy(logits[t], step[b]), 1 / asked));
    });
    weights.forEach((weight, l) => {
      for (const { state, heard } of blocks[l + 1]) {
        const share = weight / (blocks[l + 1].length * batch * period);
        const told = network.affine(`decode.${l + 1}`, state);
        heard.forEach((input, i) => {
          const part = told.slice(i * input.length, (i + 1) * input.length);
          if (l === 0 && decoder === "softmax") {
            terms.push(graph.scale(graph.crossEntropy(part, input.findIndex((x) => x.value === 1)), share));
            return;
          }
          const off = part.map((x, j) => graph.node(x.value - input[j].value, [x], [1]));
          terms.push(graph.scale(graph.sum(off.map((x) => graph.mul(x, x))), share / input.length));
        });
      }
    });
  }
  const loss = graph.sum(terms);
  graph.back(loss);
  const slope = (x) => x.slope;
  return { loss: loss.value, parameters: each(p, (value) => deep(value, slope)), inputs: deep(xs, slope) };
}

// Calls `act` with the places of all numbers of a nested list.
function walk(lists, act) {
  if (Array.isArray(lists[0][0])) lists[0].forEach((_, i) => walk(lists.map((list) => list[i]), act));
  else lists[0].forEach((_, i) => act(lists, i));
}

function train({ parameters, inputs, targets, period, cut, weights, decoder, rate, clip }) {
  const zero = (value) => deep(value, () => 0);
  const now = each(parameters, (value) => deep(value, (x) => x));
  const first = each(parameters, zero);
  const second = each(parameters, zero);
  const losses = [];
  inputs.forEach((batch, u) => {
    const made = gradient({ parameters: now, inputs: batch, targets: targets[u], period, cut, weights, decoder });
    losses.push(made.loss);
    const squares = Object.values(made.parameters).flatMap((value) => value.flat()).map((x) => x * x);
    const norm = Math.sqrt(squares.reduce((total, x) => total + x, 0));
    const factor = clip !== null && norm > clip ? clip / norm : 1;
    const fixFirst = 1 - 0.9 ** (u + 1);
    const fixSecond = 1 - 0.999 ** (u + 1);
    for (const name of Object.keys(now)) {
      walk([now[name], made.parameters[name], first[name], second[name]], ([value, slope, m, v], i) => {
        const g = slope[i] * factor;
        m[i] += (g - m[i]) * (1 - 0.9);
        v[i] += (g * g - v[i]) * (1 - 0.999);
        value[i] -= (rate * (m[i] / fixFirst)) / (Math.sqrt(v[i] / fixSecond) + 1e-8);
      });
    }
  });
  return { losses, parameters: now };
}

await serve("hierarchy.mjs", { forward, gradient, train });
