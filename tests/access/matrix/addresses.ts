import type { Express } from 'express';

/** A part of an Express application: a route, or a router at a place of its own. */
type Layer = {
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
  rawPath?: string | undefined;
};

/** Every address that an application answers by itself, as `GET /path/:parameter`, read from the application. */
export function addressesOf(app: Express): string[] {
  const found = (stack: readonly Layer[], before: string): string[] =>
    stack.flatMap(({ route, handle, rawPath = '/' }) => {
      if (route) return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${before}${route.path}`);
      return found(handle.stack ?? [], rawPath === '/' ? before : before + rawPath);
    });
  return [...new Set(found((app.router as unknown as { stack: Layer[] }).stack, ''))];
}
