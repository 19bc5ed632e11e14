import type { Request } from 'express';
import type { Came } from '../../core/identity/header/named.ts';

/** The other end of a request's connection, and its headers, each taken out as it is read: once for all who ask in this request. */
export const cameThrough = (request: Request): Came => ({
  remoteAddress: request.socket.remoteAddress,
  take(header) {
    const name = header.toLowerCase();
    const taken = known.get(request) ?? new Map<string, readonly string[]>();
    known.set(request, taken);
    const before = taken.get(name);
    if (before) return before;
    // As they came: what Node has joined with commas can't be told from one value.
    const values = request.headersDistinct[name] ?? [];
    taken.set(name, values);
    delete request.headers[name];
    delete request.headersDistinct[name];
    return values;
  },
});

const known = new WeakMap<Request, Map<string, readonly string[]>>();
