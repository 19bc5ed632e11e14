import { readFileSync } from 'node:fs';
import path from 'node:path';

type Rule = {
  /** What its offender reads. */
  says: string;
  breaks: RegExp;
  in: RegExp;
  except: RegExp;
};

/** Rules of ours that no linter knows: about the words of a line, not its grammar. */
const RULES: readonly Rule[] = [
  {
    says: 'only core/access makes an AccessScope: ask it for one',
    breaks: /\bas (?:unknown as )?AccessScope\b|<AccessScope>\s*[{(]|\bmintScope\b/,
    in: /\.(ts|vue)$/,
    except: /^(core\/access\/|tests\/|scripts\/bench\/|scripts\/check\/)/,
  },
  {
    says: 'SQL stands in *.sql.ts only',
    breaks:
      /\b(SELECT\s[^'"]*\sFROM\s|INSERT INTO\s+\w|UPDATE \w+ SET\s|DELETE FROM\s+\w|CREATE (TABLE|INDEX|EXTENSION)\s|ALTER TABLE\s)/,
    in: /^(core|bots|portal|workers|scripts)\/.*\.ts$/,
    except: /\.sql\.ts$|^scripts\/(bench|check|services)\//,
  },
  {
    says: 'the API translates: what is stored is read, written and recorded by core',
    breaks: /\bctx\.db\b|\brecord\(/,
    in: /^portal\/api\/.*\.ts$/,
    except: /^$/,
  },
  {
    says: 'a type error is mended, not hidden: name the reason beside it or write a guard',
    breaks: /@ts-(ignore|nocheck)|@ts-expect-error\s*$/,
    in: /\.(ts|vue)$/,
    except: /^scripts\/check\//,
  },
  {
    says: 'nothing is kept for later in a comment: finish it, or leave it out',
    breaks: /\b(TODO|FIXME|XXX)\b/,
    in: /\.(ts|mjs|vue|sql)$/,
    except: /^scripts\/check\//,
  },
  {
    says: 'classes are for errors and where a library asks for one',
    breaks: /^\s*(export )?(abstract )?class (?!\w+ extends )/,
    in: /\.ts$/,
    except: /^tests\//,
  },
  {
    says: 'no enums: a list of words and its type',
    breaks: /^\s*(export )?(declare )?(const )?enum \w/,
    in: /\.ts$/,
    except: /^$/,
  },
  {
    says: 'no path of a machine belongs in the project',
    breaks: /['"`\s](\/home\/|\/Users\/|\/root\/)\w/,
    in: /\.(ts|mjs|vue|yaml|json|md)$/,
    except: /^(scripts\/check\/|package-lock\.json)/,
  },
];

/** Each break of a rule as `file:line rule`. `files`: paths from the root. */
export function brokenRules(root: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const rules = RULES.filter((rule) => rule.in.test(file) && !rule.except.test(file));
    if (rules.length === 0) return [];
    const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
    return lines.flatMap((line, index) =>
      rules.filter(({ breaks }) => breaks.test(line)).map(({ says }) => `${file}:${index + 1} ${says}`),
    );
  });
}
