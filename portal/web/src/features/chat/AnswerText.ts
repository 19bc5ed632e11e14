import { lexer, type Token, type Tokens } from 'marked';
import { computed, defineComponent, h, type PropType, type VNodeChild } from 'vue';
import type { Citation } from '../../../../contract/index.ts';
import CitationChip from './CitationChip.vue';
import CodeBlock from './CodeBlock.vue';

const MARK = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/gu;
const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': '\u00a0',
};

/**
 * An answer's Markdown as elements, never as HTML: what a document or a model smuggles in is shown as the text it is.
 * A link is drawn only where it leads to one of the answer's own citations; pictures become their description.
 */
export default defineComponent({
  name: 'AnswerText',
  props: {
    text: { type: String, required: true },
    citations: { type: Array as PropType<readonly Citation[]>, required: true },
    /** The number of the citation whose source is open. */
    active: { type: Number as PropType<number | null>, default: null },
  },
  emits: { cite: (_citation: Citation) => true },
  setup(props, { emit }) {
    const byNumber = computed(() => new Map(props.citations.map((citation) => [citation.n, citation])));
    const byPath = computed(() => new Map(props.citations.map((citation) => [pathOf(citation.url), citation])));

    const chip = (citation: Citation): VNodeChild =>
      h(CitationChip, { citation, active: props.active === citation.n, onOpen: () => emit('cite', citation) });

    /** Text with `[1]` and `[1, 2]` as chips; a number without a citation stays out, it would lead nowhere. */
    function plain(text: string): VNodeChild[] {
      const parts: VNodeChild[] = [];
      let from = 0;
      for (const found of text.matchAll(MARK)) {
        const cited = found[1]!.split(',').flatMap((n) => byNumber.value.get(Number(n)) ?? []);
        if (cited.length === 0 && props.citations.length === 0) continue;
        parts.push(unescaped(text.slice(from, found.index).replace(/ $/u, '')), ...cited.map(chip));
        from = found.index + found[0].length;
      }
      parts.push(unescaped(text.slice(from)));
      return parts;
    }

    const inlines = (tokens: readonly Token[] | undefined): VNodeChild[] => (tokens ?? []).flatMap(inline);

    function inline(token: Token): VNodeChild[] {
      switch (token.type) {
        case 'text':
        case 'escape':
          return 'tokens' in token && token.tokens ? inlines(token.tokens) : plain(token.text as string);
        case 'strong':
          return [h('strong', inlines(token.tokens))];
        case 'em':
          return [h('em', inlines(token.tokens))];
        case 'del':
          return [h('del', inlines(token.tokens))];
        case 'codespan':
          return [h('code', unescaped((token as Tokens.Codespan).text))];
        case 'br':
          return [h('br')];
        case 'link': {
          const cited = byPath.value.get(pathOf((token as Tokens.Link).href));
          return cited ? [chip(cited)] : inlines(token.tokens);
        }
        case 'image':
          return [(token as Tokens.Image).text];
        case 'html':
          return /^<br\s*\/?>$/iu.test(token.raw.trim()) ? [h('br')] : [token.raw];
        default:
          return plain(token.raw);
      }
    }

    function block(token: Token): VNodeChild[] {
      switch (token.type) {
        case 'space':
        case 'def':
          return [];
        case 'heading':
          return [h(`h${Math.min((token as Tokens.Heading).depth + 2, 6)}`, { dir: 'auto' }, inlines(token.tokens))];
        case 'paragraph':
          return [h('p', { dir: 'auto' }, inlines(token.tokens))];
        case 'text':
          return inline(token);
        case 'code':
          return [h(CodeBlock, { code: (token as Tokens.Code).text, language: (token as Tokens.Code).lang ?? '' })];
        case 'blockquote':
          return [h('blockquote', { dir: 'auto' }, blocks(token.tokens))];
        case 'list':
          return [list(token as Tokens.List)];
        case 'table':
          return [table(token as Tokens.Table)];
        case 'hr':
          return [h('hr')];
        case 'html':
          return [h('p', { dir: 'auto' }, token.raw.trim())];
        default:
          return inline(token);
      }
    }

    const blocks = (tokens: readonly Token[] | undefined): VNodeChild[] => (tokens ?? []).flatMap(block);

    const list = (token: Tokens.List): VNodeChild =>
      h(
        token.ordered ? 'ol' : 'ul',
        token.ordered && token.start !== '' && token.start !== 1 ? { start: token.start } : {},
        token.items.map((item) => h('li', { dir: 'auto' }, blocks(item.tokens))),
      );

    const table = (token: Tokens.Table): VNodeChild =>
      h('div', { class: 'table-frame', tabindex: 0, role: 'group' }, [
        h('table', { dir: 'auto' }, [
          h('thead', [
            h(
              'tr',
              token.header.map((cell) => h('th', { scope: 'col', dir: 'auto' }, inlines(cell.tokens))),
            ),
          ]),
          h(
            'tbody',
            token.rows.map((row) =>
              h(
                'tr',
                row.map((cell) => h('td', { dir: 'auto' }, inlines(cell.tokens))),
              ),
            ),
          ),
        ]),
      ]);

    const tokens = computed(() => lexer(props.text, { gfm: true }));
    return () => h('div', { class: 'prose-answer' }, blocks(tokens.value));
  },
});

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/gu, (found) => ENTITIES[found]!);

/** The part of an address that names the passage: with and without the host it is the same citation. */
function pathOf(url: string): string {
  try {
    return new URL(url, location.origin).pathname;
  } catch {
    return url;
  }
}
