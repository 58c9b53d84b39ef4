// Evolution strategies with past descent directions (arXiv:1910.05268) as a process subject of the system
// `evolution`, by JSON-RPC 2.0, one message a line. Node 20 or later, no packages.
//
//     whp check evolution --subject 'cmd: node evolution.mjs'

class RpcError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function demand(condition, message) {
  if (!condition) throw new RpcError(-32602, message);
}

const isInteger = (value, low, high) => Number.isSafeInteger(value) && low <= value && value <= high;

// sfc32 (Doty-Humphrey, PractRand). The seed's two halves are two words of its state: every bit counts.
function generator(seed) {
  let a = seed % 2 ** 32 | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0;
  let counter = 1;
  const draw = () => {
    const word = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + word | 0;
    return word >>> 0;
  };
  for (let i = 0; i < 15; i++) draw(); // after so many, neighbouring seeds have nothing in common
  return draw;
}

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

const operations = { directions, ask, tell, begin, advance };
const handshake = { protocol: 1, name: "evolution.mjs", version: "1", operations: Object.keys(operations) };
const methods = new Map(Object.entries({ initialize: () => handshake, ...operations }));

function reply(line) {
  let id = null;
  try {
    const request = JSON.parse(line);
    if (typeof request?.method !== "string") throw new RpcError(-32600, "the message is no request");
    if (request.id === undefined) return null; // a notification, which wants no answer
    id = request.id;
    const method = methods.get(request.method);
    if (method === undefined) throw new RpcError(-32601, "there is no such operation");
    return { jsonrpc: "2.0", id, result: method(request.params) };
  } catch (error) {
    const code = error instanceof SyntaxError ? -32700 : (error.code ?? -32603);
    return { jsonrpc: "2.0", id, error: { code, message: error.message } };
  }
}

// node:readline also ends a line at U+2028, which may stand inside a JSON string.
async function* lines(stream) {
  let begun = [];
  for await (const chunk of stream.setEncoding("utf8")) {
    const [first, ...rest] = chunk.split("\n");
    begun.push(first);
    for (const piece of rest) {
      yield begun.join("");
      begun = [piece];
    }
  }
  const last = begun.join("");
  if (last !== "") yield last;
}

for await (const line of lines(process.stdin)) {
  const message = reply(line);
  if (message !== null) process.stdout.write(`${JSON.stringify(message)}\n`);
}
