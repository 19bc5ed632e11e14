import { expect, test } from 'vitest';
import { secretsWith } from '../../core/storage/secret.ts';

const secrets = secretsWith(Buffer.alloc(32, 1));

test.each<[string, (sealed: Buffer) => unknown]>([
  ['in another row', (sealed) => secrets.open(sealed, 'row 2')],
  ['with another key', (sealed) => secretsWith(Buffer.alloc(32, 2)).open(sealed, 'row 1')],
  [
    'with one bit changed',
    (sealed) =>
      secrets.open(
        Uint8Array.from(sealed, (byte, at) => (at === 40 ? byte ^ 1 : byte)),
        'row 1',
      ),
  ],
  ['cut short', (sealed) => secrets.open(sealed.subarray(0, 20), 'row 1')],
])('what was sealed does not open %s', (_, open) => {
  expect(() => open(secrets.seal('the key of a server', 'row 1'))).toThrow(
    expect.objectContaining({ code: 'bad_setting' }),
  );
});

test('what was sealed opens in its row, shows nothing of itself, and is never sealed alike twice', () => {
  const [one, two] = [secrets.seal('the key of a server', 'row 1'), secrets.seal('the key of a server', 'row 1')];
  expect(secrets.open(one, 'row 1')).toBe('the key of a server');
  expect(one.includes('server')).toBe(false);
  expect(one.equals(two)).toBe(false);
});
