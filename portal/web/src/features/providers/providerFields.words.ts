import { words } from '../../i18n/define.ts';

/** Every setting of every kind of provider: what it is called, and a sentence on what it does. `kind_name` where kinds differ. */
export const providerFieldsWords = words(
  {
    providerField: {
      newPeople: {
        label: 'Who comes for the first time',
        help: 'Where no mapping gives them a role. Members may ask at once; waiting people are approved by you.',
      },
      missingGroups: {
        label: 'If the provider leaves groups out',
        help: 'Providers differ: some leave an empty list out, others leave it out by mistake.',
      },
      createGroupsPrefix: {
        label: 'Make groups whose name begins with',
        help: 'They are made when the provider first names them, without any rights. Empty: none is made.',
      },
      groupsFrom: {
        label: 'Groups count from',
        help: 'From one of the two only: the later of two would undo the other.',
      },
      scimSubject: {
        label: 'Provisioning names people by',
        help: 'It has to be what a sign-in calls the person, and must never be given to somebody else.',
      },
      issuer: {
        label: 'Issuer',
        help: 'The address before /.well-known/openid-configuration, to the last slash. It stays once people came.',
      },
      clientId: {
        label: 'Client ID',
        help: 'The provider gives it when you register this application there.',
      },
      clientSecret: { label: 'Client secret', help: 'Kept sealed, and never shown again.' },
      clientAuthentication: {
        label: 'The secret is sent',
        help: 'As the provider wants it; most take the first. A public client has none.',
      },
      scopes: {
        label: 'Scopes',
        help: 'One a line. With offline_access, groups are renewed while nobody signs in.',
      },
      authorizeParameters: {
        label: 'Added to the sign-in address',
        help: 'Only where the provider asks for it, such as prompt = consent for a refresh token.',
      },
      subject: {
        label: 'People are named by',
        help: 'Entra ID gives each application another “sub”, so there it is tenant and object id. It stays once people came.',
      },
      tenants: {
        label: 'Tenants whose people may come',
        help: 'Their ids, one a line. Needed where the issuer serves every tenant of Microsoft.',
      },
      nameClaim: { label: 'Claim of the name', help: 'Where the name stands that colleagues see.' },
      emailClaim: { label: 'Claim of the email', help: 'Shown beside the name; nobody is recognised by it.' },
      groupsClaim: {
        label: 'Claim of the groups',
        help: 'Such as groups, or realm_access.roles for what lies deeper. Empty: it brings no groups.',
      },
      rolesClaim: { label: 'Claim of the roles', help: 'As for groups. Empty: it brings no roles.' },
      readUserInfo: {
        label: 'Ask for the user information too',
        help: 'For what does not stand in the ID token, such as groups at some providers.',
      },
      followGroupOverage: {
        label: 'Ask Microsoft Graph for many groups',
        help: 'Entra ID leaves groups out of a token above about 200. Needs the permission GroupMember.Read.All.',
      },
      graphUrl: { label: 'Address of Microsoft Graph', help: 'Another one only in national clouds.' },
      signOutThere: {
        label: 'Sign out at the provider too',
        help: 'Whoever signs out here is signed out there, as far as the provider can.',
      },
      clockSkewSeconds: {
        label: 'Clocks may differ by (seconds)',
        help: 'More makes an old answer good for longer.',
      },
      authorizeUrl: { label: 'Sign-in address', help: 'Where people are sent to sign in.' },
      tokenUrl: { label: 'Token address', help: 'Where the code of a sign-in is exchanged.' },
      userUrl: { label: 'Address of the person', help: 'Says who a token belongs to. It stays once people came.' },
      teamsUrl: { label: 'Address of the teams', help: 'Gives the person’s teams. Empty: it brings no groups.' },
      organisationsUrl: {
        label: 'Address of the organisations',
        help: 'Gives those that the person belongs to.',
      },
      organisations: {
        label: 'Organisations, by number',
        help: 'One a line. Their teams count, and whoever is in none of them does not come in.',
      },
      subjectField: {
        label: 'People are named by the field',
        help: 'A number that never changes, not the name that does. It stays once people came.',
      },
      nameField: { label: 'Field of the name', help: 'Where the name stands that colleagues see.' },
      emailField: { label: 'Field of the email', help: 'Shown beside the name; nobody is recognised by it.' },
      idpEntityId: {
        label: 'Entity ID of the provider',
        help: 'As its metadata says it, to the last letter. It stays once people came.',
      },
      metadataUrl: {
        label: 'Address of its metadata',
        help: 'Addresses and certificates come from there, new ones too. Empty: those that you enter below.',
      },
      signInUrl: { label: 'Sign-in address', help: 'Where people are sent to. Not needed with a metadata address.' },
      signOutUrl: { label: 'Sign-out address', help: 'Where a sign-out is told. Not needed with a metadata address.' },
      certificates: {
        label: 'Signing certificates',
        help: 'PEM, one below the other while one replaces another. Who holds the key can sign anybody in.',
      },
      entityId: {
        label: 'Our entity ID',
        help: 'Empty: the address shown below. Change it only before you set it up there.',
      },
      saml_subjectAttribute: {
        label: 'People are named by the attribute',
        help: 'One that never changes; never an email. Empty: a persistent NameID. It stays once people came.',
      },
      subjectAttribute: {
        label: 'People are named by the attribute',
        help: 'One that never changes. Empty: objectGUID or entryUUID. It stays once people came.',
      },
      nameAttribute: { label: 'Attribute of the name', help: 'Where the name stands that colleagues see.' },
      emailAttribute: { label: 'Attribute of the email', help: 'Shown beside the name; nobody is recognised by it.' },
      groupsAttribute: { label: 'Attribute of the groups', help: 'Empty: it brings no groups.' },
      rolesAttribute: { label: 'Attribute of the roles', help: 'Empty: it brings no roles.' },
      requireEncryption: {
        label: 'Refuse what is not encrypted for us',
        help: 'The provider takes our certificate from our metadata.',
      },
      urls: {
        label: 'Servers',
        help: 'Such as ldaps://dc1.example.com, one a line. The next one is asked only where one does not answer.',
      },
      startTls: {
        label: 'Encrypt ldap:// by StartTLS',
        help: 'Before anything is said. ldaps:// is encrypted anyhow.',
      },
      allowUnencrypted: {
        label: 'Allow ldap:// without encryption',
        help: 'Everybody’s password is readable on the way. Only for a directory on this machine or behind a tunnel.',
      },
      caCertificate: {
        label: 'Certificate of the authority',
        help: 'PEM of whoever signed the servers’ certificates. Empty: those that this machine believes.',
      },
      directory: { label: 'Kind of directory', help: 'Chooses the usual attributes.' },
      bindDn: { label: 'Account that looks people up', help: 'Its DN. Empty: the directory lets everybody read.' },
      bindPassword: { label: 'Password of that account', help: 'Kept sealed, and never shown again.' },
      baseDn: {
        label: 'People are found below',
        help: 'A DN, such as dc=example,dc=com. It stays once people came.',
      },
      userFilter: {
        label: 'Filter that finds a person',
        help: 'The word login in curly brackets stands for what they typed. Empty: by the usual login names.',
      },
      groups: { label: 'Groups', help: 'Search for those that name the person, or read what stands with the person.' },
      groupBaseDn: { label: 'Groups are found below', help: 'A DN. Empty: as for people.' },
      groupFilter: {
        label: 'Filter that finds groups',
        help: 'The words dn and uid in curly brackets stand for the person’s. Empty: by the usual attributes.',
      },
      nestedGroups: { label: 'Groups in groups count', help: 'By Active Directory’s own rule.' },
      groupIdAttribute: {
        label: 'Groups are mapped by the attribute',
        help: 'One that never changes. Empty: as for people.',
      },
      groupNameAttribute: { label: 'Attribute of a group’s name', help: 'What you see in the list of mappings.' },
      triesPerLogin: {
        label: 'Wrong passwords in a quarter of an hour',
        help: 'Fewer than the directory locks an account after, so that nobody locks a colleague out.',
      },
      networks: {
        label: 'Addresses of the proxy',
        help: 'Addresses or networks, one a line. Whoever reaches the portal from there can be anybody.',
      },
      subjectHeader: {
        label: 'Header that names the person',
        help: 'By what never changes and is never given to somebody else. It stays once people came.',
      },
      nameHeader: { label: 'Header of the name', help: 'Empty: people are shown by what names them.' },
      emailHeader: { label: 'Header of the email', help: 'Shown beside the name; nobody is recognised by it.' },
      groupsHeader: { label: 'Header of the groups', help: 'Empty: it brings no groups.' },
      groupsSeparator: { label: 'Between two groups stands', help: 'As the proxy writes them.' },
      header_signOutUrl: {
        label: 'Sign-out address of the proxy',
        help: 'Where it signs people out; else it signs them in again at once.',
      },
    },
    providerChoice: {
      newPeople: { pending: 'waits for approval', user: 'is a member', refuse: 'is turned away' },
      missingGroups: { refuse: 'let nobody in', keep: 'keep those told last', none: 'take it as no groups' },
      groupsFrom: { sign_in: 'the sign-in', scim: 'provisioning (SCIM)' },
      scimSubject: { externalId: 'externalId', userName: 'userName' },
      clientAuthentication: {
        client_secret_basic: 'in the header (basic)',
        client_secret_post: 'in the body (post)',
        none: 'not at all',
      },
      subject: { sub: 'sub', entra: 'tenant and object id (Entra ID)' },
      directory: { active_directory: 'Active Directory', openldap: 'OpenLDAP and others' },
      groups: { none: 'no groups', search: 'search for them', member_of: 'read memberOf' },
    },
  },
  {
    providerField: {
      newPeople: {
        label: 'Wer zum ersten Mal kommt',
        help: 'Wo keine Zuordnung eine Rolle gibt. Mitglieder dürfen sofort fragen, Wartende geben Sie frei.',
      },
      missingGroups: {
        label: 'Wenn der Dienst Gruppen weglässt',
        help: 'Manche lassen eine leere Liste weg, andere lassen sie aus Versehen weg.',
      },
      createGroupsPrefix: {
        label: 'Gruppen anlegen, deren Name so beginnt',
        help: 'Sie entstehen ohne Rechte, sobald der Dienst sie nennt. Leer: keine.',
      },
      groupsFrom: {
        label: 'Gruppen gelten aus',
        help: 'Nur aus einem von beiden: Das spätere würde das andere rückgängig machen.',
      },
      scimSubject: {
        label: 'Die Bereitstellung benennt Personen mit',
        help: 'Es muss dasselbe sein wie bei der Anmeldung und darf nie an jemand anderen gehen.',
      },
      issuer: {
        label: 'Aussteller (issuer)',
        help: 'Die Adresse vor /.well-known/openid-configuration, bis zum letzten Schrägstrich. Bleibt, sobald jemand kam.',
      },
      clientId: {
        label: 'Client-ID',
        help: 'Der Dienst gibt sie aus, wenn Sie diese Anwendung dort eintragen.',
      },
      clientSecret: { label: 'Client-Geheimnis', help: 'Wird versiegelt aufbewahrt und nie wieder gezeigt.' },
      clientAuthentication: {
        label: 'Das Geheimnis wird gesendet',
        help: 'Wie der Dienst es möchte; die meisten nehmen das erste. Ein öffentlicher Client hat keines.',
      },
      scopes: {
        label: 'Bereiche (scopes)',
        help: 'Einer je Zeile. Mit offline_access werden Gruppen erneuert, ohne dass sich jemand anmeldet.',
      },
      authorizeParameters: {
        label: 'Zusätze zur Anmeldeadresse',
        help: 'Nur wo der Dienst es verlangt, etwa prompt = consent für ein Refresh-Token.',
      },
      subject: {
        label: 'Personen werden benannt mit',
        help: 'Entra ID gibt jeder Anwendung ein anderes „sub“, dort also Mandant und Objekt-ID. Bleibt, sobald jemand kam.',
      },
      tenants: {
        label: 'Mandanten, deren Leute kommen dürfen',
        help: 'Ihre IDs, eine je Zeile. Nötig, wo der Aussteller alle Mandanten von Microsoft bedient.',
      },
      nameClaim: { label: 'Angabe (claim) des Namens', help: 'Wo der Name steht, den Kollegen sehen.' },
      emailClaim: { label: 'Angabe der E-Mail', help: 'Steht neben dem Namen; niemand wird daran erkannt.' },
      groupsClaim: {
        label: 'Angabe der Gruppen',
        help: 'Etwa groups oder, tiefer liegend, realm_access.roles. Leer: Es kommen keine Gruppen.',
      },
      rolesClaim: { label: 'Angabe der Rollen', help: 'Wie bei Gruppen. Leer: Es kommen keine Rollen.' },
      readUserInfo: {
        label: 'Auch die Benutzerangaben abfragen',
        help: 'Für das, was nicht im ID-Token steht, bei manchen etwa die Gruppen.',
      },
      followGroupOverage: {
        label: 'Viele Gruppen bei Microsoft Graph erfragen',
        help: 'Entra ID lässt Gruppen ab etwa 200 aus dem Token weg. Braucht das Recht GroupMember.Read.All.',
      },
      graphUrl: { label: 'Adresse von Microsoft Graph', help: 'Eine andere nur in nationalen Clouds.' },
      signOutThere: {
        label: 'Auch beim Dienst abmelden',
        help: 'Wer sich hier abmeldet, wird auch dort abgemeldet, soweit der Dienst es kann.',
      },
      clockSkewSeconds: {
        label: 'Uhren dürfen abweichen um (Sekunden)',
        help: 'Mehr lässt eine alte Antwort länger gelten.',
      },
      authorizeUrl: { label: 'Anmeldeadresse', help: 'Wohin Personen zum Anmelden geschickt werden.' },
      tokenUrl: { label: 'Token-Adresse', help: 'Wo der Code einer Anmeldung eingetauscht wird.' },
      userUrl: { label: 'Adresse der Person', help: 'Sagt, wem ein Token gehört. Bleibt, sobald jemand kam.' },
      teamsUrl: { label: 'Adresse der Teams', help: 'Gibt die Teams der Person. Leer: Es kommen keine Gruppen.' },
      organisationsUrl: {
        label: 'Adresse der Organisationen',
        help: 'Gibt die, zu denen die Person gehört.',
      },
      organisations: {
        label: 'Organisationen, nach Nummer',
        help: 'Eine je Zeile. Ihre Teams zählen, und wer in keiner ist, kommt nicht herein.',
      },
      subjectField: {
        label: 'Personen werden benannt mit dem Feld',
        help: 'Eine Nummer, die sich nie ändert, nicht der Name. Bleibt, sobald jemand kam.',
      },
      nameField: { label: 'Feld des Namens', help: 'Wo der Name steht, den Kollegen sehen.' },
      emailField: { label: 'Feld der E-Mail', help: 'Steht neben dem Namen; niemand wird daran erkannt.' },
      idpEntityId: {
        label: 'Entity-ID des Dienstes',
        help: 'Wie in seinen Metadaten, bis zum letzten Buchstaben. Bleibt, sobald jemand kam.',
      },
      metadataUrl: {
        label: 'Adresse seiner Metadaten',
        help: 'Adressen und Zertifikate kommen von dort, auch neue. Leer: die unten eingetragenen.',
      },
      signInUrl: {
        label: 'Anmeldeadresse',
        help: 'Wohin Personen geschickt werden. Mit Metadatenadresse nicht nötig.',
      },
      signOutUrl: { label: 'Abmeldeadresse', help: 'Wo eine Abmeldung gesagt wird. Mit Metadatenadresse nicht nötig.' },
      certificates: {
        label: 'Signaturzertifikate',
        help: 'PEM, untereinander, solange eines das andere ablöst. Wer den Schlüssel hat, kann jeden anmelden.',
      },
      entityId: {
        label: 'Unsere Entity-ID',
        help: 'Leer: die unten gezeigte Adresse. Ändern Sie sie nur vor dem Einrichten dort.',
      },
      saml_subjectAttribute: {
        label: 'Personen werden benannt mit dem Attribut',
        help: 'Eines, das sich nie ändert, nie eine E-Mail. Leer: eine dauerhafte NameID. Bleibt, sobald jemand kam.',
      },
      subjectAttribute: {
        label: 'Personen werden benannt mit dem Attribut',
        help: 'Eines, das sich nie ändert. Leer: objectGUID oder entryUUID. Bleibt, sobald jemand kam.',
      },
      nameAttribute: { label: 'Attribut des Namens', help: 'Wo der Name steht, den Kollegen sehen.' },
      emailAttribute: { label: 'Attribut der E-Mail', help: 'Steht neben dem Namen; niemand wird daran erkannt.' },
      groupsAttribute: { label: 'Attribut der Gruppen', help: 'Leer: Es kommen keine Gruppen.' },
      rolesAttribute: { label: 'Attribut der Rollen', help: 'Leer: Es kommen keine Rollen.' },
      requireEncryption: {
        label: 'Ablehnen, was nicht für uns verschlüsselt ist',
        help: 'Der Dienst nimmt unser Zertifikat aus unseren Metadaten.',
      },
      urls: {
        label: 'Server',
        help: 'Etwa ldaps://dc1.example.com, einer je Zeile. Der nächste wird nur gefragt, wenn einer nicht antwortet.',
      },
      startTls: {
        label: 'ldap:// mit StartTLS verschlüsseln',
        help: 'Bevor etwas gesagt wird. ldaps:// ist ohnehin verschlüsselt.',
      },
      allowUnencrypted: {
        label: 'ldap:// ohne Verschlüsselung erlauben',
        help: 'Alle Passwörter sind unterwegs lesbar. Nur für ein Verzeichnis auf dieser Maschine oder hinter einem Tunnel.',
      },
      caCertificate: {
        label: 'Zertifikat der Zertifizierungsstelle',
        help: 'PEM derer, die die Serverzertifikate unterschrieben hat. Leer: denen diese Maschine glaubt.',
      },
      directory: { label: 'Art des Verzeichnisses', help: 'Wählt die üblichen Attribute.' },
      bindDn: { label: 'Konto, das Personen nachschlägt', help: 'Sein DN. Leer: Das Verzeichnis lässt alle lesen.' },
      bindPassword: { label: 'Passwort dieses Kontos', help: 'Wird versiegelt aufbewahrt und nie wieder gezeigt.' },
      baseDn: {
        label: 'Personen liegen unter',
        help: 'Ein DN, etwa dc=example,dc=com. Bleibt, sobald jemand kam.',
      },
      userFilter: {
        label: 'Filter, der eine Person findet',
        help: 'Das Wort login in geschweiften Klammern steht für das Getippte. Leer: nach den üblichen Namen.',
      },
      groups: { label: 'Gruppen', help: 'Die suchen, die die Person nennen, oder lesen, was bei der Person steht.' },
      groupBaseDn: { label: 'Gruppen liegen unter', help: 'Ein DN. Leer: wie bei Personen.' },
      groupFilter: {
        label: 'Filter, der Gruppen findet',
        help: 'Die Wörter dn und uid in geschweiften Klammern stehen für die Person. Leer: nach den üblichen Attributen.',
      },
      nestedGroups: { label: 'Gruppen in Gruppen zählen', help: 'Nach der Regel von Active Directory.' },
      groupIdAttribute: {
        label: 'Gruppen werden zugeordnet nach dem Attribut',
        help: 'Eines, das sich nie ändert. Leer: wie bei Personen.',
      },
      groupNameAttribute: { label: 'Attribut des Gruppennamens', help: 'Was Sie in der Liste der Zuordnungen sehen.' },
      triesPerLogin: {
        label: 'Falsche Passwörter in einer Viertelstunde',
        help: 'Weniger, als das Verzeichnis vor dem Sperren zulässt, damit niemand Kollegen aussperrt.',
      },
      networks: {
        label: 'Adressen des Proxys',
        help: 'Adressen oder Netze, eines je Zeile. Wer das Portal von dort erreicht, kann jeder sein.',
      },
      subjectHeader: {
        label: 'Header, der die Person benennt',
        help: 'Mit dem, was sich nie ändert und nie an jemand anderen geht. Bleibt, sobald jemand kam.',
      },
      nameHeader: { label: 'Header des Namens', help: 'Leer: Personen erscheinen unter dem, was sie benennt.' },
      emailHeader: { label: 'Header der E-Mail', help: 'Steht neben dem Namen; niemand wird daran erkannt.' },
      groupsHeader: { label: 'Header der Gruppen', help: 'Leer: Es kommen keine Gruppen.' },
      groupsSeparator: { label: 'Zwischen zwei Gruppen steht', help: 'Wie der Proxy sie schreibt.' },
      header_signOutUrl: {
        label: 'Abmeldeadresse des Proxys',
        help: 'Wo er Personen abmeldet; sonst meldet er sie gleich wieder an.',
      },
    },
    providerChoice: {
      newPeople: { pending: 'wartet auf Freigabe', user: 'ist Mitglied', refuse: 'wird abgewiesen' },
      missingGroups: {
        refuse: 'niemanden hereinlassen',
        keep: 'die zuletzt genannten behalten',
        none: 'als keine Gruppen nehmen',
      },
      groupsFrom: { sign_in: 'der Anmeldung', scim: 'der Bereitstellung (SCIM)' },
      scimSubject: { externalId: 'externalId', userName: 'userName' },
      clientAuthentication: {
        client_secret_basic: 'im Kopf (basic)',
        client_secret_post: 'im Inhalt (post)',
        none: 'gar nicht',
      },
      subject: { sub: 'sub', entra: 'Mandant und Objekt-ID (Entra ID)' },
      directory: { active_directory: 'Active Directory', openldap: 'OpenLDAP und andere' },
      groups: { none: 'keine Gruppen', search: 'danach suchen', member_of: 'memberOf lesen' },
    },
  },
);
