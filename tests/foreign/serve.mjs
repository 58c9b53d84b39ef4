// Serves operations of a subject: JSON-RPC 2.0, one message a line. Copy it beside a subject of your own:
//
//     import { demand, serve } from "./serve.mjs";
//     await serve("mine.mjs", { answers, queries });

// An error that the caller is told with its code.
class RpcError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Refuse the arguments of an operation unless a condition is true. */
export function demand(condition, message) {
  if (!condition) throw new RpcError(-32602, message);
}

/** Say whether a value is an integer from `low` to `high`. */
export const isInteger = (value, low, high) => Number.isSafeInteger(value) && low <= value && value <= high;

function reply(line, methods) {
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

/** Answer whatever comes on standard input until it closes; `declared` goes into the handshake. */
export async function serve(name, operations, declared = {}) {
  const handshake = { protocol: 1, name, version: "1", ...declared, operations: Object.keys(operations) };
  const echo = ({ value }) => value; // by which `whp doctor` sees whether values come back as they were sent
  const methods = new Map(Object.entries({ initialize: () => handshake, echo, ...operations }));
  for await (const line of lines(process.stdin)) {
    const message = reply(line, methods);
    if (message !== null) process.stdout.write(`${JSON.stringify(message)}\n`);
  }
}
