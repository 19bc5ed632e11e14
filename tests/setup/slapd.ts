import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'ldapts';
import { newKeyPair } from '../../core/identity/saml/certificate.ts';

const SLAPD = ['/usr/sbin/slapd', '/usr/local/libexec/slapd'].find((place) => existsSync(place)) ?? null;
const SCHEMAS = '/etc/ldap/schema';
const MODULES = '/usr/lib/ldap';

/** Null where a real directory can be started here, else the line that says why it can't. */
export const NO_SLAPD: string | null =
  SLAPD !== null && existsSync(SCHEMAS) && existsSync(MODULES)
    ? null
    : 'skipped: no slapd here to test directories with (Debian’s package slapd)';

export const SUFFIX = 'dc=example,dc=com';
export const ROOT = { dn: `cn=root,${SUFFIX}`, password: 'root of a test' } as const;
export const SERVICE = { dn: `cn=service,${SUFFIX}`, password: 'service of a test' } as const;

/** One who may read the same, but gets no more than 100 entries of any search, pages or not. */
export const LIMITED = { dn: `cn=limited,${SUFFIX}`, password: 'limited in a test' } as const;

/** A real OpenLDAP server, its data its own, with a certificate for `localhost`. */
export type Slapd = Readonly<{
  plainPort: number;
  url: string;
  secureUrl: string;
  certificate: string;
  /** Works as the one who may do everything. */
  asRoot: <Given>(work: (root: Client) => Promise<Given>) => Promise<Given>;
  stop: () => Promise<void>;
}>;

// What Active Directory names things by, with rules of comparison that OpenLDAP can search by.
const ACTIVE_DIRECTORY = `
attributetype ( 1.3.6.1.4.1.99999.1 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.2 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.3 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.4 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.5 NAME 'accountExpires' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.6 NAME 'objectCategory' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.7 NAME 'user' SUP inetOrgPerson STRUCTURAL
  MAY ( objectGUID $ sAMAccountName $ userPrincipalName $ userAccountControl $ accountExpires $ objectCategory ) )
objectclass ( 1.3.6.1.4.1.99999.8 NAME 'group' SUP top STRUCTURAL MUST cn MAY ( member $ objectGUID ) )
`;

const configuration = (folder: string) => `
include ${SCHEMAS}/core.schema
include ${SCHEMAS}/cosine.schema
include ${SCHEMAS}/inetorgperson.schema
include ${SCHEMAS}/nis.schema
${ACTIVE_DIRECTORY}
pidfile ${folder}/slapd.pid
modulepath ${MODULES}
moduleload back_mdb
moduleload memberof
TLSCertificateFile ${folder}/certificate.pem
TLSCertificateKeyFile ${folder}/key.pem
# As many directories are: a name with an empty password is let in, as nobody.
allow bind_anon_dn
database mdb
maxsize 104857600
# It need not outlive anything.
dbnosync
suffix "${SUFFIX}"
rootdn "${ROOT.dn}"
rootpw "${ROOT.password}"
directory ${folder}/data
index objectClass,uid,cn,entryUUID,objectGUID,member eq
overlay memberof
memberof-group-oc groupOfNames
# No more than this in one answer; pages may go on.
sizelimit size.soft=200 size.hard=200 size.prtotal=unlimited
limits dn.exact="${LIMITED.dn}" size.soft=100 size.hard=100 size.prtotal=100
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${SERVICE.dn}" read by dn.exact="${LIMITED.dn}" read by self read by * none
`;

/** Starts one on free ports of this machine, empty but for its top and the accounts that look people up. */
export async function startSlapd(): Promise<Slapd> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gatehouse-slapd-'));
  await mkdir(path.join(folder, 'data'));
  const { key, certificate } = await newKeyPair('localhost', new Date());
  await writeFile(path.join(folder, 'key.pem'), key, { mode: 0o600 });
  await writeFile(path.join(folder, 'certificate.pem'), certificate);
  await writeFile(path.join(folder, 'slapd.conf'), configuration(folder));
  const [plainPort, securePort] = [await freePort(), await freePort()];
  const url = `ldap://127.0.0.1:${plainPort}`;
  const server = spawn(
    SLAPD ?? 'slapd',
    ['-d', '0', '-f', path.join(folder, 'slapd.conf'), '-h', `${url} ldaps://127.0.0.1:${securePort}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  const asRoot: Slapd['asRoot'] = async (work) => {
    const client = new Client({ url });
    try {
      await client.bind(ROOT.dn, ROOT.password);
      return await work(client);
    } finally {
      await client.unbind();
    }
  };
  while (!(await answers(plainPort))) {
    if (server.exitCode !== null) {
      await stop();
      throw new Error(`slapd ended: ${said}`);
    }
    await wait(50);
  }
  await asRoot(async (root) => {
    await root.add(SUFFIX, { objectClass: ['dcObject', 'organization'], o: 'Example', dc: 'example' });
    for (const { dn, password } of [SERVICE, LIMITED])
      await root.add(dn, { objectClass: ['simpleSecurityObject', 'organizationalRole'], userPassword: password });
  });
  const secureUrl = `ldaps://localhost:${securePort}`;
  return { plainPort, url: `ldap://localhost:${plainPort}`, secureUrl, certificate, asRoot, stop };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
