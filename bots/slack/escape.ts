/** Text that Slack shows as it is: its three marks taken out. */
export const escapeMarks = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The last line of defence in answers: nothing in them calls a person, a group or a channel. */
export const defanged = (text: string): string =>
  text.replace(/<(?=[!@#])/g, '‹').replace(/(^|[^\p{L}\p{N}.])@(?=channel\b|here\b|everyone\b)/gu, '$1＠');
