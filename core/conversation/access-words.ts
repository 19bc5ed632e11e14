import type { LevelName } from '../access/levels.ts';
import type { AccessRequest } from '../access/requests/lists.ts';

/** What the bots say about asking for access, in one language. Names and reasons are as people wrote them: each bot draws them. */
export type AccessWords = Readonly<{
  asks(request: AccessRequest): string;
  /** By whom the asker is known, or who made their account. */
  known(request: AccessRequest): string;
  reason: string;
  held(request: AccessRequest): string;
  approve: string;
  approveAsk(request: AccessRequest): string;
  decline: string;
  declineTitle: string;
  word: string;
  send: string;
  cancel: string;
  inPortal: string;
  /** To an owner, once it is closed. */
  closed(request: AccessRequest): string;
  /** To who asked. */
  answered(request: AccessRequest): string;
  notYours: string;
  onlyInPortal: string;
  findable(lines: readonly string[], more: boolean): string;
  nothingFindable: string;
  /** The reason was too short or too long. */
  sayWhy(name: string): string;
  asked(name: string): string;
  askedAlready(name: string): string;
  cannotAsk: string;
}>;

const dayIn = (language: string, at: Date): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(at);

const EN_LEVELS: Record<LevelName, string> = {
  use: 'to ask and read',
  contribute: 'to add documents',
  manage: 'to manage it',
};
const DE_LEVELS: Record<LevelName, string> = {
  use: 'zum Fragen und Lesen',
  contribute: 'zum Hinzufügen von Dokumenten',
  manage: 'zum Verwalten',
};

type Right = { level: LevelName; until: Date | null };
const enRight = ({ level, until }: Right) =>
  `${EN_LEVELS[level]}, ${until ? `until ${dayIn('en', until)}` : 'without an end'}`;
const deRight = ({ level, until }: Right) =>
  `${DE_LEVELS[level]}, ${until ? `bis ${dayIn('de', until)}` : 'ohne Ende'}`;

const NAME_LIMIT = 60;
/** A name that leaves room for what matters: chats cut what is long, and a level or an end must not be what is cut. */
const short = (name: string | null): string => {
  const letters = [...(name ?? '')];
  return letters.length <= NAME_LIMIT ? letters.join('') : `${letters.slice(0, NAME_LIMIT - 1).join('')}…`;
};
/** Who asks: names are chosen, an address and who vouches for it less so. */
const asker = ({ person: { name, email } }: AccessRequest): string => short(name) + (email ? ` (${short(email)})` : '');

const ENGLISH: AccessWords = {
  asks: (request) =>
    `Request for access, ${enRight(request)}: ${asker(request)} asks for access to ${short(request.knowledgeBase.name)}.`,
  known: ({ person: { knownBy, madeBy } }) =>
    madeBy !== null
      ? `No identity provider vouches for them: ${short(madeBy)} made this account.`
      : knownBy === ''
        ? 'No identity provider vouches for them.'
        : `Known by ${short(knownBy)}.`,
  reason: 'Why',
  held: ({ held }) => (held ? `They have access now ${enRight(held)}.` : ''),
  approve: 'Approve',
  approveAsk: (request) =>
    `Give access ${enRight(request)}? To ${asker(request)}, for ${short(request.knowledgeBase.name)}.`,
  decline: 'Decline',
  declineTitle: 'Decline a request',
  word: 'A word to them, if you like',
  send: 'Decline',
  cancel: 'Cancel',
  inPortal: 'Choose another level or end in the portal',
  closed(request) {
    const { person, knowledgeBase, answer, state } = request;
    const what = `${person.name}, ${knowledgeBase.name ?? ''}`;
    if (answer?.given) return `Approved by ${answer.by ?? 'somebody'}: ${what}, ${enRight(answer.given)}.`;
    if (answer) return `Declined by ${answer.by ?? 'somebody'}: ${what}.`;
    return state === 'withdrawn' ? `Withdrawn: ${what}.` : `Closed, nobody can answer it any more: ${what}.`;
  },
  answered({ knowledgeBase, answer }) {
    const name = knowledgeBase.name ?? 'a knowledge base';
    if (answer?.given)
      return `You have access to ${name} now ${enRight(answer.given)}. ${answer.by ?? 'Its owner'} approved it.`;
    if (!answer)
      return `Your request for ${name} has lapsed: nobody can answer it any more. Ask again if you still need it.`;
    return `${answer.by ?? 'Its owner'} declined your request for ${name}.${answer.word ? ` “${answer.word}”` : ''}`;
  },
  notYours: 'This is not yours to answer, or not any more.',
  onlyInPortal: 'This can not be given as it was asked for any more. Answer it in the portal',
  findable: (lines, more) =>
    [
      'You can ask for access to these knowledge bases:',
      ...lines.map((line) => `• ${line}`),
      ...(more ? ['… and more in the portal.'] : []),
      'Write `access NAME: why you need it`, or choose level and end in the portal:',
    ].join('\n'),
  nothingFindable: 'There is no further knowledge base that you could ask for.',
  sayWhy: (name) => `Say in a sentence why you need ${name}, in 10 to 500 characters: its owner reads that.`,
  asked: (name) => `I have asked the owner of ${name}. You will hear here what they say.`,
  askedAlready: (name) => `You have asked for ${name} already; its owner has not answered yet.`,
  cannotAsk:
    'This could not be asked for: you have it already, nobody looks after it, or you have asked too often. The portal says which',
};

const GERMAN: AccessWords = {
  asks: (request) =>
    `Bitte um Zugang, ${deRight(request)}: ${asker(request)} bittet um Zugang zu ${short(request.knowledgeBase.name)}.`,
  known: ({ person: { knownBy, madeBy } }) =>
    madeBy !== null
      ? `Dafür steht kein Anmeldedienst ein: ${short(madeBy)} hat dieses Konto angelegt.`
      : knownBy === ''
        ? 'Dafür steht kein Anmeldedienst ein.'
        : `Bekannt durch ${short(knownBy)}.`,
  reason: 'Warum',
  held: ({ held }) => (held ? `Zugang jetzt schon: ${deRight(held)}.` : ''),
  approve: 'Zustimmen',
  approveAsk: (request) =>
    `Zugang geben, ${deRight(request)}? Für ${asker(request)}, zu ${short(request.knowledgeBase.name)}.`,
  decline: 'Ablehnen',
  declineTitle: 'Anfrage ablehnen',
  word: 'Ein Wort dazu, wenn Sie mögen',
  send: 'Ablehnen',
  cancel: 'Abbrechen',
  inPortal: 'Andere Stufe oder anderes Ende im Portal wählen',
  closed(request) {
    const { person, knowledgeBase, answer, state } = request;
    const what = `${person.name}, ${knowledgeBase.name ?? ''}`;
    if (answer?.given) return `Zugestimmt von ${answer.by ?? 'jemandem'}: ${what}, ${deRight(answer.given)}.`;
    if (answer) return `Abgelehnt von ${answer.by ?? 'jemandem'}: ${what}.`;
    return state === 'withdrawn' ? `Zurückgezogen: ${what}.` : `Geschlossen, niemand kann mehr antworten: ${what}.`;
  },
  answered({ knowledgeBase, answer }) {
    const name = knowledgeBase.name ?? 'einem Wissensbereich';
    if (answer?.given)
      return `Sie haben jetzt Zugang zu ${name} ${deRight(answer.given)}. Zugestimmt von ${answer.by ?? 'der Eigentümerin oder dem Eigentümer'}.`;
    if (!answer)
      return `Ihre Anfrage zu ${name} ist verfallen: Niemand kann sie mehr beantworten. Fragen Sie noch einmal, wenn Sie den Zugang noch brauchen.`;
    return `Ihre Anfrage zu ${name} wurde abgelehnt${answer.by ? ` von ${answer.by}` : ''}.${answer.word ? ` „${answer.word}“` : ''}`;
  },
  notYours: 'Das können Sie nicht beantworten, oder nicht mehr.',
  onlyInPortal: 'So, wie es erbeten wurde, geht es nicht mehr. Antworten Sie im Portal',
  findable: (lines, more) =>
    [
      'Um Zugang zu diesen Wissensbereichen können Sie bitten:',
      ...lines.map((line) => `• ${line}`),
      ...(more ? ['… und weitere im Portal.'] : []),
      'Schreiben Sie `zugang NAME: wozu Sie ihn brauchen`, oder wählen Sie Stufe und Ende im Portal:',
    ].join('\n'),
  nothingFindable: 'Es gibt keinen weiteren Wissensbereich, um den Sie bitten könnten.',
  sayWhy: (name) =>
    `Schreiben Sie in einem Satz, wozu Sie ${name} brauchen, in 10 bis 500 Zeichen: Das liest, wem es gehört.`,
  asked: (name) => `Ich habe gefragt, wem ${name} gehört. Die Antwort hören Sie hier.`,
  askedAlready: (name) => `Um ${name} haben Sie schon gebeten; die Antwort steht noch aus.`,
  cannotAsk:
    'Darum konnten Sie nicht bitten: Sie haben es schon, niemand kümmert sich darum, oder Sie haben zu oft gefragt. Das Portal sagt, was davon',
};

/** The words for a two-letter language code, English where we have no other. */
export const accessWords = (language: string | null | undefined): AccessWords =>
  language?.startsWith('de') ? GERMAN : ENGLISH;
