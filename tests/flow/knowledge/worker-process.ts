import { silentLog } from '../../../core/log.ts';
import { createPool } from '../../../core/storage/pool.ts';
import { anInstallation } from './installation.ts';

/** Runs the workers in a process of its own, to be killed: on this connection, with the files of this folder. */
const [connection = '{}', folder = ''] = process.argv.slice(2);
const pool = createPool({ ...JSON.parse(connection), max: 6 }, silentLog);
const house = await anInstallation({ pool }, folder);
house.embedder.pauseMs = 100;
await house.work();
