import { spawn } from 'node:child_process';
import net from 'node:net';
import { AppError } from '../../core/errors.ts';

/** Runs a program to its end and gives its output; throws with the last lines of what it said where it fails. */
export function runProgram(
  program: string,
  argumentsGiven: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argumentsGiven, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    const said = () => Buffer.concat(output).toString().trim();
    const failed = (reason: string) =>
      reject(
        new AppError(
          'bad_setting',
          `${program} ${argumentsGiven[0] ?? ''} failed (${reason})\n${said().split('\n').slice(-15).join('\n')}`,
        ),
      );
    child.once('error', (error) => failed(error.message));
    // Not 'close': a daemon that it leaves behind may keep the pipes.
    child.once('exit', (code, signal) =>
      code === 0 ? setImmediate(() => resolve(said())) : failed(String(signal ?? code)),
    );
  });
}

/** A port of the loopback address that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
