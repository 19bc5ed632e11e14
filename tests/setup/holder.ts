import { silentLog } from '../../core/log.ts';
import { openEmbedded } from '../../core/storage/embedded/open.ts';

/** A process that opens the embedded database, says so and stays. */
const [dataDir = '', snapshot = ''] = process.argv.slice(2);
await openEmbedded({ dataDir, log: silentLog, snapshot });
process.stdout.write('open\n');
setInterval(() => {}, 60_000);
