/** What the product itself says around an answer, in the asker's language; English where we have no other. */
export type AnswerWords = Readonly<{
  searching: string;
  waking: string;
  /** `searched`: names that this audience may know of; null where it is kept, since they may lose them. */
  notFound(searched: readonly string[] | null): string;
  nothingReadable: string;
  stopped: string;
  stopping: string;
  accessChanged: string;
}>;

const NAMES_SHOWN = 6;
const listed = (names: readonly string[], more: (count: number) => string): string =>
  [...names.slice(0, NAMES_SHOWN), ...(names.length > NAMES_SHOWN ? [more(names.length - NAMES_SHOWN)] : [])].join(
    ', ',
  );

const ENGLISH: AnswerWords = {
  searching: 'Searching your documents',
  waking: 'Waking the model up, this can take a minute',
  notFound: (searched) =>
    'I found nothing about this in what can be read here. ' +
    (searched ? `Searched: ${listed(searched, (count) => `${count} more`)}. ` : '') +
    'Try other words, or ask the owner of the knowledge base where it should stand.',
  nothingReadable:
    'There is no knowledge base that can be read here, so there was nothing to search. Ask your administrator for access.',
  stopped: 'Stopped.',
  stopping: 'Gatehouse is being stopped or restarted, so this ends here. Ask again when it is there again.',
  accessChanged:
    'Your access has changed while this was being written, so it ends here. Ask again to get what you may read now.',
};

const GERMAN: AnswerWords = {
  searching: 'Ihre Dokumente werden durchsucht',
  waking: 'Das Modell wird geladen, das kann eine Minute dauern',
  notFound: (searched) =>
    'Dazu habe ich in dem, was hier gelesen werden darf, nichts gefunden. ' +
    (searched ? `Durchsucht: ${listed(searched, (count) => `${count} weitere`)}. ` : '') +
    'Versuchen Sie es mit anderen Worten, oder fragen Sie, wem der Wissensbereich gehört, in dem es stehen müsste.',
  nothingReadable:
    'Hier darf kein Wissensbereich gelesen werden, es gab also nichts zu durchsuchen. Bitten Sie Ihre Administration um Zugriff.',
  stopped: 'Angehalten.',
  stopping:
    'Gatehouse wird gerade angehalten oder neu gestartet, darum endet die Antwort hier. Fragen Sie danach noch einmal.',
  accessChanged: 'Ihr Zugriff hat sich währenddessen geändert, darum endet die Antwort hier. Fragen Sie noch einmal.',
};

/** The words for a two-letter language code. */
export const answerWords = (language: string): AnswerWords => (language === 'de' ? GERMAN : ENGLISH);
