import type { Args, Workspace } from './workspace.ts';

export const MARKDOWN_LIMIT = 12_000;
const BLOCK_LIMIT = 50;
const ALL_BLOCKS_LIMIT = 13_200;
const TEXT_LIMIT = 40_000;
const BLOCKS = ['markdown', 'section', 'context', 'context_actions', 'divider', 'actions'];

/** Slack's word for what is wrong with a message, or null. Notes what the real one would take and nobody wants. */
export function checkMessage({ violations }: Workspace, args: Args): string | null {
  if (args.unfurl_links !== false || args.unfurl_media !== false) violations.push('a message that unfurls links');
  noteCallsOfPeople(violations, `${args.text ?? ''}\n${JSON.stringify(args.blocks ?? [])}`);
  if (!args.text && !(args.blocks?.length > 0)) return 'no_text';
  if (String(args.text ?? '').length > TEXT_LIMIT) return 'msg_too_long';
  return checkBlocks(args.blocks ?? [], 0);
}

/** Notes marks that would call people. */
export function noteCallsOfPeople(violations: string[], text: string): void {
  if (/<!(channel|here|everyone|subteam)|<@[UW]/.test(text)) violations.push('a message that calls people');
}

/** `before`: characters that stand in the same message already. */
export function checkBlocks(blocks: readonly Args[], before: number): string | null {
  if (blocks.length > BLOCK_LIMIT || !blocks.every(isTaken)) return 'invalid_blocks';
  const length = blocks.reduce((sum, block) => sum + JSON.stringify(block).length, before);
  return length > ALL_BLOCKS_LIMIT ? 'msg_blocks_too_long' : null;
}

function isTaken(block: Args): boolean {
  switch (block.type) {
    case 'markdown':
      return Boolean(block.text) && String(block.text).length <= MARKDOWN_LIMIT;
    case 'section':
      return String(block.text?.text ?? '').length <= 3_000;
    case 'context':
      return block.elements.length <= 10 && block.elements.every((one: Args) => one.text && one.text.length <= 3_000);
    case 'context_actions':
      return block.elements.length > 0 && block.elements.length <= 5;
    default:
      return BLOCKS.includes(block.type as string);
  }
}
