import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Block, Source } from './source.ts';

const chapter = z.strictObject({
  type: z.string(),
  about: z.string(),
  care: z.string(),
  tests: z.array(z.tuple([z.string(), z.string(), z.number(), z.number(), z.number().int()])),
  units: z.array(z.tuple([z.string(), z.string(), z.string(), z.number().int(), z.string(), z.string()])),
});
type Chapter = z.infer<typeof chapter>;

const ENGINEERS = ['Petra Novak', 'Aoife Gallagher', 'Declan Walsh', 'Lukas Steiner'];
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** The long document of the sample: a page for each of a hundred machines, and one before each of their twenty kinds. */
export function equipmentCompendium(): Source {
  const chapters = ['solids', 'laboratory', 'plant'].flatMap((part) =>
    z
      .array(chapter)
      .parse(parseYaml(readFileSync(path.join(import.meta.dirname, 'compendium', `${part}.yaml`), 'utf8'))),
  );
  return {
    about: { title: 'Equipment qualification compendium 2025', number: 'EQC-2025', columns: 1, language: 'en' },
    blocks: [...foreword(chapters), ...chapters.flatMap((each, at) => chapterBlocks(each, at + 1))],
  };
}

function foreword(chapters: Chapter[]): Block[] {
  const count = chapters.reduce((sum, each) => sum + each.units.length, 0);
  const rows = chapters.map((each, at) => [`${at + 1}`, each.type, each.units.map((unit) => unit[0]).join(', ')]);
  return [
    { kind: 'heading', level: 1, text: 'Equipment qualification compendium 2025' },
    paragraph(
      `Document EQC-2025 of 27 February 2026. It brings together the state of qualification of ${count} machines and instruments in Galway, Graz and Cambridge on 31 December 2025. Compiled by Petra Novak, approved by Cormac Brennan.`,
    ),
    { kind: 'heading', level: 2, text: '0.1 How it is read' },
    paragraph(
      'Each chapter opens with the kind of machine and what is qualified about it. A page for every machine follows: what it is, the dates of its qualification, the measured values beside their limits, what was found, and when it is looked at again.',
    ),
    { kind: 'heading', level: 2, text: '0.2 Stages' },
    {
      kind: 'list',
      ordered: false,
      items: [
        'IQ, installation: the right machine stands in the right place with its papers.',
        'OQ, operation: it does what was ordered, over the whole range.',
        'PQ, performance: it does so with our product, in three runs.',
        'Requalification follows risk: class A every year, class B every two years, class C every four years.',
      ],
    },
    { kind: 'heading', level: 2, text: '0.3 Chapters' },
    { kind: 'table', header: ['Chapter', 'Kind', 'Machines'], rows },
  ];
}

function chapterBlocks(each: Chapter, number: number): Block[] {
  const limits = each.tests.map(([what, unit, low, high, decimals]) => [what, between(low, high, decimals), unit]);
  return [
    { kind: 'page_break' },
    { kind: 'heading', level: 1, text: `${number} ${each.type}` },
    paragraph(each.about),
    { kind: 'heading', level: 2, text: `${number}.0 Care and limits` },
    paragraph(each.care),
    { kind: 'table', header: ['Test', 'Limit', 'Unit'], rows: limits },
    ...each.units.flatMap((unit, at) => unitBlocks(each, unit, `${number}.${at + 1}`)),
  ];
}

function unitBlocks(each: Chapter, unit: Chapter['units'][number], number: string): Block[] {
  const [asset, model, serial, built, place, finding] = unit;
  const draw = drawer(`${asset} ${serial}`);
  const engineer = place.startsWith('Graz') ? 'Lukas Steiner' : (ENGINEERS[draw(3)] ?? '');
  const riskClass = 'ABC'[draw(3)] ?? 'B';
  const years = riskClass === 'A' ? 1 : riskClass === 'B' ? 2 : 4;
  const month = draw(12);
  const operation = 1 + draw(13);
  const day = (of: number, year: number) => `${of} ${MONTHS[month] ?? ''} ${year}`;
  const measured = each.tests.map(([what, unitName, low, high, decimals]) => {
    const value = low + ((high - low) * (10 + draw(81))) / 100;
    return [what, written(value, decimals), between(low, high, decimals), unitName];
  });
  return [
    { kind: 'page_break' },
    { kind: 'heading', level: 2, text: `${number} ${asset}: ${each.type.toLowerCase()} ${model}` },
    {
      kind: 'table',
      header: ['Asset', 'Serial number', 'Built', 'Place', 'Risk class', 'Responsible'],
      rows: [[asset, serial, `${built}`, place, riskClass, engineer]],
    },
    { kind: 'heading', level: 3, text: `${number}.1 Stages of qualification` },
    {
      kind: 'table',
      header: ['Stage', 'Protocol', 'Finished', 'Deviations'],
      rows: [
        ['IQ', `IQ-${asset}-${1 + draw(3)}`, day(1 + draw(27), built), `${draw(3)}`],
        ['OQ', `OQ-${asset}-${1 + draw(4)}`, day(operation, 2025), `${draw(4)}`],
        ['PQ', `PQ-${asset}-${1 + draw(3)}`, day(operation + 2 + draw(12), 2025), `${draw(2)}`],
      ],
    },
    { kind: 'heading', level: 3, text: `${number}.2 Measured in 2025` },
    { kind: 'table', header: ['Test', 'Result', 'Limit', 'Unit'], rows: measured },
    { kind: 'heading', level: 3, text: `${number}.3 What was found` },
    paragraph(finding),
    { kind: 'heading', level: 3, text: `${number}.4 Decision` },
    paragraph(
      `${asset} remains qualified. ${years === 1 ? 'It is requalified every year' : `Requalification follows every ${years} years`}, next in ${MONTHS[month] ?? ''} ${2025 + years}. The file is EQF-${asset}; its log book is volume ${2 + draw(9)}, and it ran for ${written(400 + draw(5200), 0)} hours in 2025.`,
    ),
  ];
}

const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
const between = (low: number, high: number, decimals: number): string =>
  low === high ? written(low, decimals) : `${written(low, decimals)} to ${written(high, decimals)}`;
const written = (value: number, decimals: number): string =>
  value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** Whole numbers below what is asked for, the same ones for the same seed each time. */
function drawer(seed: string): (below: number) => number {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 16_777_619), 2_166_136_261);
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}
