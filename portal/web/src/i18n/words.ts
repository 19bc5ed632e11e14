import { accessWords } from '../features/access/access.words.ts';
import { accountWords } from '../features/account/account.words.ts';
import { chatWords } from '../features/chat/chat.words.ts';
import { companyWords } from '../features/company/company.words.ts';
import { dashboardWords } from '../features/dashboard/dashboard.words.ts';
import { groupsWords } from '../features/groups/groups.words.ts';
import { permissionWords } from '../features/groups/permissions.words.ts';
import { knowledgeWords } from '../features/knowledge/knowledge.words.ts';
import { modelsWords } from '../features/models/models.words.ts';
import { passagesWords } from '../features/passages/passages.words.ts';
import { approvalWords } from '../features/people/approval.words.ts';
import { joiningWords } from '../features/people/joining.words.ts';
import { peopleWords } from '../features/people/people.words.ts';
import { providerFieldsWords } from '../features/providers/providerFields.words.ts';
import { providersWords } from '../features/providers/providers.words.ts';
import { requestsWords } from '../features/requests/requests.words.ts';
import { servicesWords } from '../features/services/services.words.ts';
import { sessionWords } from '../features/session/session.words.ts';
import { shellWords } from '../shell/shell.words.ts';

/** The words of every topic; a test sees to it that no two topics use the same name. */
export const WORDS = {
  accessWords,
  accountWords,
  approvalWords,
  chatWords,
  companyWords,
  dashboardWords,
  groupsWords,
  joiningWords,
  knowledgeWords,
  modelsWords,
  passagesWords,
  peopleWords,
  permissionWords,
  requestsWords,
  providerFieldsWords,
  providersWords,
  servicesWords,
  sessionWords,
  shellWords,
};

type Language = 'en' | 'de';
type Messages = { [key: string]: string | Messages };

const joined = (language: Language): Messages =>
  Object.assign({}, ...Object.values(WORDS).map((topic) => topic[language])) as Messages;

/** All the words of the portal by language. */
export const allWords: Record<Language, Messages> = { en: joined('en'), de: joined('de') };
