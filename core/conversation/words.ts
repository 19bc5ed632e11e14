/** Why a chat account is not answered. */
export type Refusal = 'guest' | 'stranger' | 'foreign' | 'bot' | 'unverifiable';

/** Why an answer goes to the asker alone instead of the place it was asked in. */
export type PrivateReason = 'outside' | 'guests' | 'unreadable' | 'deactivated' | 'members_changed';

/**
 * What the bots say to people in chats, beside answers. Each is a whole sentence that says what to do next; none names a
 * document or a knowledge base.
 */
export type ChatWords = Readonly<{
  help(bot: string): string;
  /** In the direct chat, where the digits are to be sent. */
  signIn(url: string, minutes: number): string;
  /** In a shared place, seen by the asker alone. */
  signInElsewhere(url: string, minutes: number): string;
  /** Linked, but what the identity provider said about them is too old. */
  signInAgain(url: string): string;
  linked(name: string): string;
  wrongCode(triesLeft: number): string;
  /** Six digits came, but nothing waits for them. */
  noCodeExpected: string;
  whoAmI(person: string, account: string, workspace: string): string;
  unlinked: string;
  notLinked: string;
  refused: Readonly<Record<Refusal, string>>;
  privately: Readonly<Record<PrivateReason, string>>;
  /** To the asker alone, in the shared place. */
  fullerAnswer: string;
  /** Above the fuller answer in the direct chat. `where`: how the place is shown there. */
  fullerAnswerHeading(where: string): string;
  /** At the end of an answer that stops because of who came in. */
  stoppedForMembers: string;
  empty: string;
  gaveUp: string;
  failed: string;
  cannotWriteThere(where: string): string;
  continuedDirectly: string;
  /** In a place where everybody reads along, to somebody whom we don't know. */
  signInPersonally: string;
  /** In such a place: the asker's answer is in their direct chat. */
  repliedDirectly: string;
  /** In such a place: there is something for the asker alone, but they can't be written to. */
  cannotWriteDirectly: string;
  /** A chat of several people without a name. */
  aGroupChat: string;
  sources: string;
  page(number: number): string;
  version(number: number): string;
  madeByMachine(model: string): string;
  /** What the owner of a knowledge base wants said with every answer from it. */
  notice(knowledgeBase: string, text: string): string;
  good: string;
  bad: string;
  thanksForFeedback: string;
  notYourAnswer: string;
  suggestionsTitle: string;
  suggestions: readonly string[];
}>;

const ENGLISH: ChatWords = {
  help: (bot) =>
    [
      `I am ${bot}. I answer from the documents that you may read, and say where each statement stands.`,
      '• Write to me directly, or mention me in a channel. In a channel I only use what everyone there may read; if you may read more, I send you the rest alone.',
      '• Ask on in the same thread: I remember what we said there.',
      '• `access` shows which knowledge bases you can ask for.',
      '• `who am I` shows which account you are linked to, `unlink` ends that, `help` shows this.',
    ].join('\n'),
  signIn: (url, minutes) =>
    `I don't know yet who you are. Open ${url} and sign in; you will see six digits. Send me these digits here, in this direct chat. The link is good for ${minutes} minutes, it is for you alone.`,
  signInElsewhere: (url, minutes) =>
    `I don't know yet who you are. Open ${url} and sign in; you will see six digits. Send them to me in a direct message, not here. The link is good for ${minutes} minutes, it is for you alone.`,
  signInAgain: (url) =>
    `It is too long ago that your company's sign-in confirmed who you are and what you may read. Sign in at ${url}, then ask me again.`,
  linked: (name) =>
    `Done: this chat account now belongs to ${name}. Ask me anything. If that was not you, write \`unlink\` and tell your administrator.`,
  wrongCode: (tries) =>
    tries > 0
      ? `These are not the digits that I am waiting for. ${tries === 1 ? 'One try is' : `${tries} tries are`} left.`
      : 'These are not the digits that I am waiting for, and there are no more tries. Write to me again for a new link.',
  noCodeExpected:
    'I am not waiting for any digits from you: the link was used, or is older than five minutes. Here is a new one.',
  whoAmI: (person, account, workspace) =>
    `You are ${person}, linked to the account ${account}${workspace ? ` in ${workspace}` : ''}.`,
  unlinked: 'This chat account is not linked any more. Write to me again to link it anew.',
  notLinked: 'This chat account is linked to nobody.',
  refused: {
    guest: 'I answer members of the company only, and you are here as a guest. Ask the colleague who invited you.',
    stranger: 'I answer members of the company only, and your account belongs to another one.',
    foreign: 'I answer members of this workspace only, and your account belongs to another one.',
    bot: 'I do not answer other bots.',
    unverifiable:
      'I could not check who you are just now, so I did not look anything up. Please ask again in a minute.',
  },
  privately: {
    outside:
      'This place is shared with people outside the company, so I say nothing from our documents here. I have answered you in our direct chat.',
    guests:
      'There are guests in this place, so I say nothing from our documents here. I have answered you in our direct chat.',
    unreadable:
      'I could not read the whole list of who is in this place, so I say nothing from our documents here. I have answered you in our direct chat.',
    deactivated:
      'Somebody whose account was deactivated is still in this place, so I say nothing from our documents here. I have answered you in our direct chat.',
    members_changed:
      'The people in this place kept changing while I looked, so I say nothing here. I have answered you in our direct chat.',
  },
  fullerAnswer:
    'There is more about this that you may read, but not everyone here. I have sent it to you in our direct chat.',
  fullerAnswerHeading: (where) => `About your question in ${where}, from everything that you may read:`,
  stoppedForMembers:
    'Somebody came in while I was writing who may read less, so I stop here. Ask again for what everyone here may read now.',
  empty: 'What would you like to know? Write your question in a few words, or `help`.',
  gaveUp:
    'I am sorry, I could not finish your question: the program stopped several times over it. Please ask again in other words, and tell your administrator if it stays.',
  failed: 'Something went wrong on our side and your question was not answered. Please ask again.',
  cannotWriteThere: (where) => `I was asked in ${where} but may not write there, so here is the answer:`,
  continuedDirectly: 'The answer is long; I have sent it to you in our direct chat.',
  signInPersonally:
    "I don't know yet who you are. Write to me in our personal chat: there I send you a link to sign in, for you alone.",
  repliedDirectly: 'I have answered you in our direct chat.',
  cannotWriteDirectly:
    "There is something that I may tell you alone, but I can't write to you first. Write to me in our personal chat and ask there.",
  aGroupChat: 'a group chat',
  sources: 'Sources',
  page: (number) => `p. ${number}`,
  version: (number) => `version ${number}`,
  madeByMachine: (model) => `Written by AI (${model}). Check it against its sources.`,
  notice: (knowledgeBase, text) => `Notice, ${knowledgeBase}: ${text}`,
  good: 'Helpful',
  bad: 'Not helpful',
  thanksForFeedback: 'Thank you, noted.',
  notYourAnswer: 'Only who asked can rate this answer. Thank you all the same.',
  suggestionsTitle: 'What would you like to know?',
  suggestions: ['Help', 'Who am I?'],
};

const GERMAN: ChatWords = {
  help: (bot) =>
    [
      `Ich bin ${bot}. Ich antworte aus den Dokumenten, die Sie lesen dürfen, und sage, wo jede Aussage steht.`,
      '• Schreiben Sie mir direkt, oder erwähnen Sie mich in einem Kanal. Dort verwende ich nur, was alle lesen dürfen; dürfen Sie mehr lesen, schicke ich Ihnen den Rest allein.',
      '• Fragen Sie im selben Thread weiter: Ich weiß, was wir dort gesagt haben.',
      '• `zugang` zeigt, um welche Wissensbereiche Sie bitten können.',
      '• `wer bin ich` zeigt, mit wem Ihr Konto verknüpft ist, `trennen` beendet das, `hilfe` zeigt dies.',
    ].join('\n'),
  signIn: (url, minutes) =>
    `Ich weiß noch nicht, wer Sie sind. Öffnen Sie ${url} und melden Sie sich an; Sie sehen dann sechs Ziffern. Schicken Sie mir diese hier im direkten Chat. Der Link gilt ${minutes} Minuten und nur für Sie.`,
  signInElsewhere: (url, minutes) =>
    `Ich weiß noch nicht, wer Sie sind. Öffnen Sie ${url} und melden Sie sich an; Sie sehen dann sechs Ziffern. Schicken Sie mir diese als Direktnachricht, nicht hier. Der Link gilt ${minutes} Minuten und nur für Sie.`,
  signInAgain: (url) =>
    `Es ist zu lange her, dass die Anmeldung Ihrer Firma bestätigt hat, wer Sie sind und was Sie lesen dürfen. Melden Sie sich unter ${url} an und fragen Sie mich dann noch einmal.`,
  linked: (name) =>
    `Fertig: Dieses Chatkonto gehört jetzt zu ${name}. Fragen Sie los. Waren Sie das nicht, schreiben Sie \`trennen\` und melden Sie es Ihrer Administration.`,
  wrongCode: (tries) =>
    tries > 0
      ? `Auf diese Ziffern warte ich nicht. ${tries === 1 ? 'Ein Versuch bleibt' : `${tries} Versuche bleiben`} Ihnen.`
      : 'Auf diese Ziffern warte ich nicht, und es bleibt kein Versuch. Schreiben Sie mir noch einmal, dann kommt ein neuer Link.',
  noCodeExpected:
    'Ich warte auf keine Ziffern von Ihnen: Der Link wurde verwendet oder ist älter als fünf Minuten. Hier ist ein neuer.',
  whoAmI: (person, account, workspace) =>
    `Sie sind ${person}, verknüpft mit dem Konto ${account}${workspace ? ` in ${workspace}` : ''}.`,
  unlinked: 'Dieses Chatkonto ist nicht mehr verknüpft. Schreiben Sie mir, um es neu zu verknüpfen.',
  notLinked: 'Dieses Chatkonto ist mit niemandem verknüpft.',
  refused: {
    guest:
      'Ich antworte nur Mitgliedern des Unternehmens, und Sie sind hier als Gast. Fragen Sie, wer Sie eingeladen hat.',
    stranger: 'Ich antworte nur Mitgliedern des Unternehmens, und Ihr Konto gehört zu einem anderen.',
    foreign: 'Ich antworte nur Mitgliedern dieses Arbeitsbereichs, und Ihr Konto gehört zu einem anderen.',
    bot: 'Ich antworte keinen anderen Bots.',
    unverifiable:
      'Ich konnte gerade nicht prüfen, wer Sie sind, und habe darum nichts nachgesehen. Bitte fragen Sie in einer Minute noch einmal.',
  },
  privately: {
    outside:
      'Dieser Ort ist mit Leuten außerhalb des Unternehmens geteilt, darum sage ich hier nichts aus unseren Dokumenten. Ich habe Ihnen im direkten Chat geantwortet.',
    guests:
      'Hier sind Gäste, darum sage ich hier nichts aus unseren Dokumenten. Ich habe Ihnen im direkten Chat geantwortet.',
    unreadable:
      'Ich konnte die Liste der Anwesenden nicht ganz lesen, darum sage ich hier nichts aus unseren Dokumenten. Ich habe Ihnen im direkten Chat geantwortet.',
    deactivated:
      'Hier ist noch jemand, dessen Konto deaktiviert wurde, darum sage ich hier nichts aus unseren Dokumenten. Ich habe Ihnen im direkten Chat geantwortet.',
    members_changed:
      'Die Anwesenden haben sich währenddessen mehrmals geändert, darum sage ich hier nichts. Ich habe Ihnen im direkten Chat geantwortet.',
  },
  fullerAnswer:
    'Dazu gibt es mehr, das Sie lesen dürfen, aber nicht alle hier. Ich habe es Ihnen im direkten Chat geschickt.',
  fullerAnswerHeading: (where) => `Zu Ihrer Frage in ${where}, aus allem, was Sie lesen dürfen:`,
  stoppedForMembers:
    'Während ich schrieb, kam jemand dazu, der weniger lesen darf, darum ende ich hier. Fragen Sie noch einmal nach dem, was jetzt alle hier lesen dürfen.',
  empty: 'Was möchten Sie wissen? Schreiben Sie Ihre Frage in ein paar Worten, oder `hilfe`.',
  gaveUp:
    'Es tut mir leid, ich konnte Ihre Frage nicht zu Ende bringen: Das Programm brach mehrmals daran ab. Bitte fragen Sie in anderen Worten, und melden Sie es Ihrer Administration, wenn es so bleibt.',
  failed: 'Bei uns ging etwas schief, und Ihre Frage wurde nicht beantwortet. Bitte fragen Sie noch einmal.',
  cannotWriteThere: (where) => `Ich wurde in ${where} gefragt, darf dort aber nicht schreiben; hier ist die Antwort:`,
  continuedDirectly: 'Die Antwort ist lang; ich habe sie Ihnen im direkten Chat geschickt.',
  signInPersonally:
    'Ich weiß noch nicht, wer Sie sind. Schreiben Sie mir im persönlichen Chat: Dort schicke ich Ihnen einen Link zur Anmeldung, nur für Sie.',
  repliedDirectly: 'Ich habe Ihnen im direkten Chat geantwortet.',
  cannotWriteDirectly:
    'Es gibt etwas, das ich nur Ihnen sagen darf, aber ich kann Ihnen nicht als Erster schreiben. Schreiben Sie mir im persönlichen Chat und fragen Sie dort.',
  aGroupChat: 'einem Gruppenchat',
  sources: 'Quellen',
  page: (number) => `S. ${number}`,
  version: (number) => `Version ${number}`,
  madeByMachine: (model) => `Von KI geschrieben (${model}). Prüfen Sie es an den Quellen.`,
  notice: (knowledgeBase, text) => `Hinweis, ${knowledgeBase}: ${text}`,
  good: 'Hilfreich',
  bad: 'Nicht hilfreich',
  thanksForFeedback: 'Danke, ist notiert.',
  notYourAnswer: 'Nur wer gefragt hat, kann diese Antwort bewerten. Trotzdem danke.',
  suggestionsTitle: 'Was möchten Sie wissen?',
  suggestions: ['Hilfe', 'Wer bin ich?'],
};

/** The words for a two-letter language code, English where we have no other. */
export const chatWords = (language: string | null | undefined): ChatWords =>
  language?.startsWith('de') ? GERMAN : ENGLISH;
