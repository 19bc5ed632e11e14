import { describe, expect } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { routes } from '../../../portal/api/routes.ts';
import { aGroup, aKnowledgeBase, aPerson } from '../../factories/company.ts';
import { test } from './api.ts';

const encoded = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
const now = new Date().toISOString();

/** Where no page of any list ended. */
const BAD_CURSORS: Record<string, string> = {
  'a NUL': '%00',
  'a NUL within': encoded(['\0', newId()]),
  'no base64': '***',
  'no JSON': Buffer.from('nonsense').toString('base64url'),
  nothing: encoded([]),
  'an object': encoded({ name: 'a', id: newId() }),
  'one word': encoded(['a']),
  'a number': encoded([1, newId()]),
  'an id that is none': encoded([now, '-'.repeat(36)]),
  'an id of other letters': encoded([now, newId().toUpperCase()]),
};
/** Where no page of a list by time ended. */
const BAD_TIMES = ['a name', '2026-02-30T00:00:00.000Z', '0000-01-01T00:00:00.000Z', '+099999-01-01T00:00:00.000Z'];

const lists = routes
  .filter(({ call }) => call.query !== undefined && 'cursor' in call.query.shape)
  .map(({ call }) => call.path);

describe('a cursor that no page gave', () => {
  test('is refused with a sentence by every list that has pages', async ({ api, ctx }) => {
    const admin = await aPerson(ctx, { role: 'admin' });
    const client = await api.session(admin);
    const base = await aKnowledgeBase(ctx, { ownedBy: admin });
    const group = await aGroup(ctx);
    const { conversationId } = (await client.call('POST', '/ask', { question: 'Is anything there?' })).body;
    const ids: Record<string, string> = {
      'knowledge-bases': base.id,
      groups: group.id,
      conversations: conversationId,
    };
    expect(lists.length).toBeGreaterThanOrEqual(6);
    for (const path of lists) {
      const address = path.replace('{id}', ids[path.split('/')[1] ?? ''] ?? '');
      expect((await client.call('GET', address)).status, address).toBe(200);
      const bad = Object.entries(BAD_CURSORS);
      if (path.startsWith('/conversations')) for (const at of BAD_TIMES) bad.push([at, encoded([at, newId()])]);
      for (const [what, cursor] of bad)
        expect(await client.call('GET', `${address}?cursor=${cursor}`), `${path}: ${what}`).toMatchObject({
          status: 400,
          body: { code: 'bad_input', detail: expect.stringMatching(/\w+ \w+/) },
        });
    }
  });
});
