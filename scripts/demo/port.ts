import { AppError } from '../../core/errors.ts';

/** The port that the setting `name` of a demo gives. @throws AppError 'bad_setting' where it is none. */
export function portOf(name: string, otherwise: number): number {
  const port = Number(process.env[name] ?? otherwise);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new AppError('bad_setting', `${name} must be a port from 1 to 65535`);
  return port;
}
