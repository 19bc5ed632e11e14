import type { Context } from '../../core/context.ts';
import { ingestionProgress } from '../../core/setup/setup.sql.ts';
import { say } from './lines.ts';

const WIDTH = 30;
const LOOK_MS = 500;

/** Shows how far ingestion has come until all is done: a bar on a terminal, a line for each tenth elsewhere. Gives what ends it. */
export function showIngestion(ctx: Pick<Context, 'pool' | 'log'>): () => void {
  const terminal = process.stdout.isTTY;
  let tenth = -1;
  let ended = false;
  const timer = setInterval(() => void look(), LOOK_MS);
  const end = () => {
    ended = true;
    clearInterval(timer);
  };
  const look = async () => {
    const progress = await ingestionProgress(ctx.pool).catch(() => null);
    if (ended || !progress || progress.total === 0) return;
    const { total, done, failed, part } = progress;
    const share = part / total;
    const counted = `${done} of ${total} documents ready${failed > 0 ? `, ${failed} failed` : ''}`;
    if (terminal) {
      const filled = Math.round(share * WIDTH);
      process.stdout.write(`\r  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${counted} `);
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      say(`  ${counted}`);
    }
    if (done + failed < total) return;
    if (terminal) process.stdout.write('\n');
    end();
  };
  return end;
}
