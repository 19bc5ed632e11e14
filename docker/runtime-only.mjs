// Run in the image's build, after the portal was built: leaves in package.json only what the program needs to run, so that
// `npm prune` removes the rest. Left out: what makes the pages, and the Node for machines that have an older one.
import { readFileSync, writeFileSync } from 'node:fs';

const BUILDS_PAGES = /^(prisma|tailwindcss|vite|vue|vue-.*|@vitejs\/.*|@nuxt\/.*|@tanstack\/.*|@iconify-json\/.*)$/;

const {
  optionalDependencies: _node,
  devDependencies: _dev,
  scripts: _scripts,
  ...kept
} = JSON.parse(readFileSync('package.json', 'utf8'));
kept.dependencies = Object.fromEntries(Object.entries(kept.dependencies).filter(([name]) => !BUILDS_PAGES.test(name)));
writeFileSync('package.json', `${JSON.stringify(kept, null, 2)}\n`);
