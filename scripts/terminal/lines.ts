/** Writes a line for a person. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Writes a line about what went wrong, or beside an output that a program reads. */
export const complain = (line: string): void => void process.stderr.write(`${line}\n`);
