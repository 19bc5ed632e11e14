import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Memory that a process holds, bytes; 0 where it is gone. From /proc on Linux, from `ps` elsewhere. */
export async function residentMemory(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, output) =>
      resolve(error ? 0 : Number(output.trim()) * 1024),
    );
  });
}
