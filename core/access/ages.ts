import type { Ages, FactsState } from '../identity/aging.sql.ts';
import { whenInUtc, type ChainLink } from './weigh.ts';

const HOUR_MS = 3_600_000;

/**
 * What one provider told of a person as links of a chain: who they are, groups, roles and what its provisioning keeps, each
 * with its own age, until when it counts, and what has ended for being too old. Nothing is decided by it: every door asks first.
 */
export function ageLinks(ages: Ages, now: Date): ChainLink[] {
  const { provider, maxAgeHours, factsAt, groupsAt, rolesAt, toldAt, refusedAt, provisionedAt } = ages;
  const untilOf = (told: Date) => new Date(told.getTime() + maxAgeHours * HOUR_MS);
  const isOld = (told: Date) => untilOf(told).getTime() <= now.getTime();
  const link = (code: string, text: string, at: Date | null, until?: Date): ChainLink => ({
    code,
    text,
    about: 'account',
    decides: false,
    name: provider,
    ...(at === null ? {} : { at }),
    ...(until === undefined ? {} : { until }),
  });
  const aged = (code: string, said: string, at: Date | null): ChainLink[] => {
    if (at === null) return [];
    const until = untilOf(at);
    return isOld(at)
      ? [
          link(
            `${code}_old`,
            `${said} ${whenInUtc(at)}: too old since ${whenInUtc(until)}, what it gave ends`,
            at,
            until,
          ),
        ]
      : [link(code, `${said} ${whenInUtc(at)}, which counts until ${whenInUtc(until)}`, at, until)];
  };
  const kept = provisionedAt !== null && !isOld(provisionedAt) && (factsAt === null || isOld(factsAt));
  const who = `${provider} told who they are`;
  return [
    ...(factsAt === null && provisionedAt === null
      ? [link('facts_never', `${provider} has told nothing yet`, null)]
      : []),
    ...(kept && factsAt !== null
      ? [link('facts_kept', `${who} ${whenInUtc(factsAt)}; since then its provisioning keeps it`, factsAt)]
      : aged('facts', who, factsAt)),
    ...aged('facts_groups', `${provider} told their groups`, groupsAt),
    ...aged('facts_roles', `${provider} told their roles`, rolesAt),
    ...(toldAt !== null && provisionedAt !== null
      ? aged(
          'facts_provisioned',
          `Provisioning by ${provider} told something`,
          refusedAt === null ? toldAt : provisionedAt,
        )
      : []),
    ...(refusedAt === null
      ? []
      : [
          link(
            'facts_refused',
            `Changes that provisioning by ${provider} sent of them are refused since ${whenInUtc(refusedAt)}: what it told before ends by that`,
            refusedAt,
          ),
        ]),
  ];
}

/** What comes of facts that are too old: the answer is as things stand, and every door asks for these first. */
export function endingLinks({ aged, expired }: FactsState): ChainLink[] {
  const text = aged
    ? 'All of that is too old: they have to sign in again before they get anything'
    : 'What is too old is asked for again before their next step, and what cannot be had ends then: this answer may change';
  if (!aged && expired.length === 0) return [];
  return [{ code: aged ? 'facts_aged' : 'facts_ending', text, about: 'account', decides: false }];
}
