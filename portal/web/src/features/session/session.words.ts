import { words } from '../../i18n/define.ts';

export const sessionWords = words(
  {
    signIn: {
      title: 'Sign in',
      email: 'Email',
      password: 'Password',
      show: 'Show the password',
      hide: 'Hide the password',
      submit: 'Sign in',
      ended: 'Your session has ended. Sign in again to go on where you were.',
      forgot: 'No password yet, or forgotten? Your administrator gives you a one-time link.',
      promise:
        'Answers from your company’s own documents, with the passage beside them, and only from what you may read.',
      sampleHint: 'The sign-in of the sample’s people stands in the file {file} in the data folder.',
    },
    welcome: {
      title: 'Welcome, {name}',
      first: 'Choose a password for {email}. The link works this once.',
      reset: 'Choose a new password for {email}. Your other sessions end and your API keys are revoked.',
      submit: 'Set the password and sign in',
      gone: 'This link does not work any more',
      goneText: 'It was used already, or is too old. Ask your administrator for a new one.',
      toSignIn: 'To the sign-in',
    },
    password: {
      title: 'Choose a new password',
      why: 'The password that you were given is for the first sign-in only.',
      current: 'Current password',
      next: 'New password',
      again: 'New password once more',
      rule: 'At least 12 characters. A short sentence is easy to keep in mind.',
      short: 'It needs at least 12 characters.',
      differ: 'The two are not the same.',
      wrong: 'The current password is not right.',
      submit: 'Change the password',
      changed: 'Your password is changed.',
    },
    waiting: {
      title: 'Almost there',
      text: 'Hello {name}. An administrator has to approve your account before you can ask. You can leave this page open; it goes on by itself.',
      signOut: 'Sign out',
    },
  },
  {
    signIn: {
      title: 'Anmelden',
      email: 'E-Mail',
      password: 'Passwort',
      show: 'Passwort anzeigen',
      hide: 'Passwort verbergen',
      submit: 'Anmelden',
      ended: 'Ihre Sitzung ist zu Ende. Melden Sie sich wieder an, dann geht es weiter, wo Sie waren.',
      forgot: 'Noch kein Passwort oder vergessen? Ihre Administration gibt Ihnen einen Einmal-Link.',
      promise:
        'Antworten aus den eigenen Dokumenten Ihrer Firma, die Textstelle steht daneben, und nur aus dem, was Sie lesen dürfen.',
      sampleHint: 'Die Anmeldung der Beispielpersonen steht in der Datei {file} im Datenordner.',
    },
    welcome: {
      title: 'Willkommen, {name}',
      first: 'Wählen Sie ein Passwort für {email}. Der Link gilt dieses eine Mal.',
      reset:
        'Wählen Sie ein neues Passwort für {email}. Ihre anderen Sitzungen enden, Ihre API-Schlüssel werden widerrufen.',
      submit: 'Passwort festlegen und anmelden',
      gone: 'Dieser Link gilt nicht mehr',
      goneText: 'Er wurde schon benutzt oder ist zu alt. Bitten Sie Ihre Administration um einen neuen.',
      toSignIn: 'Zur Anmeldung',
    },
    password: {
      title: 'Neues Passwort wählen',
      why: 'Das Passwort, das Sie bekommen haben, gilt nur für die erste Anmeldung.',
      current: 'Jetziges Passwort',
      next: 'Neues Passwort',
      again: 'Neues Passwort noch einmal',
      rule: 'Mindestens 12 Zeichen. Ein kurzer Satz lässt sich gut merken.',
      short: 'Es braucht mindestens 12 Zeichen.',
      differ: 'Die beiden sind nicht gleich.',
      wrong: 'Das jetzige Passwort stimmt nicht.',
      submit: 'Passwort ändern',
      changed: 'Ihr Passwort ist geändert.',
    },
    waiting: {
      title: 'Gleich ist es so weit',
      text: 'Guten Tag {name}. Jemand aus der Administration muss Ihr Konto noch freigeben, dann können Sie fragen. Sie können diese Seite offen lassen; es geht von selbst weiter.',
      signOut: 'Abmelden',
    },
  },
);
