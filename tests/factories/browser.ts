/** Where a browser ended up: the address as the world knows it, and what stands there. */
export type Landed = { url: URL; status: number; headers: Headers; text: string };

export type Browser = {
  /** Goes to an address and on, as long as it is sent on; forms that send themselves are sent. */
  visit(url: string, how?: { stopBefore?: (url: URL) => boolean }): Promise<Landed>;
  cookie(host: string, name: string): string | undefined;
  /** Everything it holds for a host. */
  cookies(host: string): Map<string, string>;
};

const MOST_HOPS = 20;

/**
 * A browser as far as signing in needs one: cookies by host and redirects. `elsewhere` says where an address of the outside
 * world really listens, such as the portal's public one.
 */
export function aBrowser(elsewhere: (url: URL) => string): Browser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  return {
    async visit(address, { stopBefore = () => false } = {}) {
      let url = new URL(address);
      let form: URLSearchParams | null = null;
      for (let hop = 0; hop < MOST_HOPS; hop += 1) {
        const jar = jarOf(url.host);
        const response = await fetch(elsewhere(url), {
          method: form === null ? 'GET' : 'POST',
          redirect: 'manual',
          headers: {
            Accept: 'text/html',
            Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
          },
          ...(form === null ? {} : { body: form }),
        });
        for (const line of response.headers.getSetCookie()) store(jar, line);
        const text = await response.text();
        const landed = { url, status: response.status, headers: response.headers, text };
        const location = response.headers.get('location');
        const next = location === null ? formOf(text, url) : { to: new URL(location, url), fields: null };
        if (next === null || stopBefore(next.to)) return next === null ? landed : { ...landed, url: next.to };
        url = next.to;
        form = next.fields;
      }
      throw new Error(`Sent on and on, at last to ${url.href}`);
    },
    cookie: (host, name) => jarOf(host).get(name),
    cookies: jarOf,
  };
}

function store(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const at = pair.indexOf('=');
  const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  const ended = attributes.some((each) => {
    const expires = /^\s*expires=(.*)$/i.exec(each)?.[1];
    return expires !== undefined && Date.parse(expires) <= Date.now();
  });
  if (ended || value === '') jar.delete(name);
  else jar.set(name, value);
}

/** A form that a provider's page would send by itself. */
function formOf(html: string, at: URL): { to: URL; fields: URLSearchParams } | null {
  const action = /<form[^>]*action="([^"]+)"/i.exec(html)?.[1];
  if (action === undefined) return null;
  const fields = new URLSearchParams();
  for (const [input] of html.matchAll(/<input[^>]*>/gi)) {
    const name = /name="([^"]+)"/i.exec(input)?.[1];
    if (name !== undefined) fields.set(name, /value="([^"]*)"/i.exec(input)?.[1] ?? '');
  }
  if (/session\/end/.test(action)) fields.set('logout', 'yes');
  return { to: new URL(action.replaceAll('&amp;', '&'), at), fields };
}
