import { words } from '../../i18n/define.ts';

export const passagesWords = words(
  {
    reader: {
      previous: 'The page before',
      next: 'The next page',
      page: 'Page {page}',
      of: 'Page {page} of {pages}',
      blank: 'There is no text on this page.',
    },
  },
  {
    reader: {
      previous: 'Die Seite davor',
      next: 'Die nächste Seite',
      page: 'Seite {page}',
      of: 'Seite {page} von {pages}',
      blank: 'Auf dieser Seite steht kein Text.',
    },
  },
);
