import { words } from '../../i18n/define.ts';

export const servicesWords = words(
  {
    services: {
      title: 'Service accounts',
      lead: 'Members that are no people: programs with groups, grants and keys of their own. They cannot sign in.',
      new: 'New service account',
      create: 'Make it',
      edit: 'Change',
      name: 'Name',
      description: 'What it is for',
      ownerText:
        'The owner alone makes its keys: who sees a key has what it opens. A new owner ends the keys of the one before.',
      keys: 'Keys',
      keysOwn: 'For the program. A key does what the account may, within its scopes.',
      keysOthers: 'Its owner makes them; you can revoke them.',
      empty: 'No service accounts',
      emptyText: 'An administrator makes them, each with an owner.',
      deactivateText: 'Its keys are revoked at once.',
    },
  },
  {
    services: {
      title: 'Dienstkonten',
      lead: 'Mitglieder, die keine Menschen sind: Programme mit eigenen Gruppen, Freigaben und Schlüsseln. Sie können sich nicht anmelden.',
      new: 'Neues Dienstkonto',
      create: 'Anlegen',
      edit: 'Ändern',
      name: 'Name des Kontos',
      description: 'Wofür es ist',
      ownerText:
        'Nur der Eigentümer macht die Schlüssel: Wer einen sieht, hat, was er öffnet. Mit einem neuen Eigentümer enden die Schlüssel des bisherigen.',
      keys: 'Schlüssel',
      keysOwn: 'Für das Programm. Ein Schlüssel darf, was das Konto darf, in seinen Grenzen.',
      keysOthers: 'Der Eigentümer macht sie; Sie können sie widerrufen.',
      empty: 'Keine Dienstkonten',
      emptyText: 'Die Administration legt sie an, jedes mit einem Eigentümer.',
      deactivateText: 'Seine Schlüssel werden sofort widerrufen.',
    },
  },
);
