/** As much of the package's interface as the fake uses; it ships no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  type Koa = { body: any; status: number; path: string; method: string; oidc?: { route?: string } };

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    Grant: new (given: { accountId: string; clientId: string }) => {
      addOIDCScope(scope: string): void;
      addResourceScope(resource: string, scope: string): void;
      addOIDCClaims(claims: string[]): void;
      save(): Promise<string>;
    };
    use(middleware: (ctx: Koa, next: () => Promise<void>) => Promise<void>): void;
    on(event: string, listener: (...what: unknown[]) => void): void;
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<{ prompt: { name: string }; params: Record<string, string> }>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Record<string, unknown>,
    ): Promise<void>;
  }
  export default Provider;
}
