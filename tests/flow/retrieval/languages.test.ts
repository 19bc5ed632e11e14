import { expect } from 'vitest';
import { search } from '../../../core/retrieval/search.ts';
import { test } from '../knowledge/house.ts';

test(
  'German and Japanese are found by their words: endings, umlauts and missing spaces do not matter',
  { timeout: 60_000 },
  async ({ house }) => {
    const { id, scope } = await house.aKnowledgeBase();
    const documents = [
      [
        'Reinigung.md',
        '# Reinigung\n\nDie Abstriche an den Mischern werden nach jeder Reinigung genommen. Der Grenzwert für Rückstände beträgt zehn Milligramm.\n\n# Lüftung\n\nDie Lüftung der Räume wird täglich geprüft und in das Buch eingetragen, das am Eingang liegt.\n',
      ],
      [
        '休暇規程.md',
        '# 休暇\n\n有給休暇は入社から六か月後に十日付与されます。申請は二週間前までに上長へ提出してください。\n\n# 経費\n\n出張の経費は帰国後三十日以内に精算してください。領収書が必要です。\n',
      ],
    ] as const;
    for (const [name, text] of documents) await house.settled(scope, (await house.upload(id, name, text)).id);
    const best = async (text: string) => (await search(house.ctx, scope, { text, limit: 1 }))[0]?.text ?? '';
    expect(await best('Welcher Grenzwert gilt beim Abstrich am Mischer?')).toContain('zehn Milligramm');
    expect(await best('Wann wird die Luftung gepruft?')).toContain('täglich geprüft');
    expect(await best('有給休暇は何日ですか')).toContain('十日付与');
    expect(await best('経費の精算はいつまでですか')).toContain('三十日以内');
  },
);

test(
  'a question is not answered by what stands in another knowledge base, and one outside the scope is as one that is not there',
  { timeout: 60_000 },
  async ({ house }) => {
    const one = await house.aKnowledgeBase();
    const other = await house.aKnowledgeBase();
    await house.settled(
      one.scope,
      (await house.upload(one.id, 'A.md', '# Seals\n\nThe red seal is kept in safe number nine.\n')).id,
    );
    await house.settled(
      other.scope,
      (await house.upload(other.id, 'B.md', '# Seals\n\nThe blue seal is kept in safe number four.\n')).id,
    );
    const found = await search(house.ctx, one.scope, { text: 'Where is the seal kept?', limit: 5 });
    expect(found.map(({ documentName }) => documentName)).toEqual(['A.md']);
    const outside = search(house.ctx, one.scope, {
      text: 'Where is the seal kept?',
      limit: 5,
      knowledgeBaseIds: [one.id, other.id],
    });
    await expect(outside).rejects.toMatchObject({ code: 'not_found' });
  },
);
