import { parseFilter, plainName, type Filter } from './filter.ts';
import { refused } from './refusal.ts';

/** What a change is made to: `emails[type eq "work"].value` is attribute, filter and part. */
export type Path = Readonly<{ attribute: string; filter: Filter | null; part: string | null }>;

const wrong = () => refused('invalidPath', 'This path cannot be read');

/** A path of a PATCH (RFC 7644, section 3.5.2), names in lower case. @throws AppError 'bad_input' with scimType 'invalidPath'. */
export function parsePath(text: string): Path {
  const open = text.indexOf('[');
  const close = text.lastIndexOf(']');
  if (open < 0) return { ...named(text), filter: null };
  if (close < open) throw wrong();
  const { attribute, part } = named(text.slice(0, open));
  const after = text.slice(close + 1);
  if (part !== null || !/^(\.[A-Za-z]\w*)?$/.test(after)) throw wrong();
  return {
    attribute,
    filter: parseFilter(text.slice(open + 1, close)),
    part: after === '' ? null : after.slice(1).toLowerCase(),
  };
}

/** The dots in the name of an extension, such as `…:enterprise:2.0:User:department`, part nothing. */
function named(text: string): { attribute: string; part: string | null } {
  const name = plainName(text.trim());
  if (!/^[a-z$][\w$:.-]*$/.test(name)) throw wrong();
  if (name.startsWith('urn:')) return { attribute: name, part: null };
  const [attribute = '', part = null, ...more] = name.split('.');
  if (part === '' || more.length > 0) throw wrong();
  return { attribute, part };
}
