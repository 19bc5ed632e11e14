// Starts a script of ours on Node 24, whichever Node >= 20 runs this: installs, generates and builds what is missing first.
// Plain JavaScript without newer syntax up to the version check, so that an old Node can still say what is wrong.
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    `Gatehouse needs Node 20 or later to begin with; this is Node ${process.versions.node}. Get one at https://nodejs.org.`,
  );
  process.exit(1);
}
if (process.argv.length < 3) {
  console.error('Usage: node scripts/run.mjs SCRIPT.ts [ARGUMENTS…]');
  process.exit(2);
}
const { launch } = await import('./launch.mjs');
process.exitCode = await launch(process.argv[2], process.argv.slice(3));
