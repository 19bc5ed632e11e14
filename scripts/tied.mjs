// Loaded before the script: when the launcher is gone, killed perhaps, the program ends as it would on Ctrl-C.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
