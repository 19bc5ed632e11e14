import type { Me } from '../../../contract/index.ts';

export type Place = {
  name: string;
  icon: string;
  section: 'work' | 'administration';
  /** Whether it is in this person's menu, and opens when they type its address. */
  open: (me: Me) => boolean;
};

const may = (permission: string) => (me: Me) => me.permissions[permission] === true;

/** The menu. The same rule opens the page itself, so that menu and address never disagree. */
export const PLACES: readonly Place[] = [
  {
    name: 'ask',
    icon: 'i-lucide-message-circle',
    section: 'work',
    open: (me) => may('chat.use')(me) && may('playground')(me),
  },
  { name: 'knowledge', icon: 'i-lucide-library', section: 'work', open: () => true },
  { name: 'requests', icon: 'i-lucide-hand', section: 'work', open: () => true },
  { name: 'dashboard', icon: 'i-lucide-chart-column', section: 'administration', open: may('dashboard.read') },
  { name: 'people', icon: 'i-lucide-user-round', section: 'administration', open: may('people.manage') },
  {
    name: 'groups',
    icon: 'i-lucide-users-round',
    section: 'administration',
    open: (me) => may('groups.manage')(me) || me.manages.groups.length > 0,
  },
  { name: 'oversight', icon: 'i-lucide-key-round', section: 'administration', open: may('people.manage') },
  { name: 'service-accounts', icon: 'i-lucide-bot', section: 'administration', open: may('people.manage') },
  { name: 'providers', icon: 'i-lucide-fingerprint', section: 'administration', open: may('settings.manage') },
  { name: 'models', icon: 'i-lucide-cpu', section: 'administration', open: may('models.manage') },
  { name: 'company', icon: 'i-lucide-file-sliders', section: 'administration', open: may('company.import') },
];

export const placesOf = (me: Me, section: Place['section']): Place[] =>
  PLACES.filter((place) => place.section === section && place.open(me));

/** Whether a route may be opened; routes that are nobody's place are open to everybody who is signed in. */
export const mayOpen = (me: Me, place: string | undefined): boolean =>
  PLACES.find(({ name }) => name === place)?.open(me) ?? true;

/** The name of the route where a person starts. */
export const startOf = (me: Me): string => PLACES.find((place) => place.open(me))?.name ?? 'account';
