// Chromium against the whole product: a fresh server for the first run and the journeys, a sample merchant for the pages.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Pond, check, freePort, main, root, temporaryFolder } from './lib.mjs';

const password = 'Carp-pond-42-lotus';
const consoleDir = path.join(root, 'web/dist/console');

async function suite(spec, env) {
  const child = spawn(process.execPath, ['--test', path.join(root, 'tests/browser', spec)], {
    stdio: 'inherit', cwd: root, env: { ...process.env, ...env, KOI_LOGIN: 'admin', KOI_PASSWORD: password } });
  const code = await new Promise((ok) => child.on('exit', ok));
  check(code === 0, `${spec} ended with ${code}`);
}

main('a browser', async () => {
  const fresh = new Pond({ store: '', console: consoleDir });
  await fresh.start();
  const link = await fresh.said(/http\S+\/setup\?token=\S+/);
  await suite('journeys.spec.mjs', { KOI_URL: fresh.base, KOI_SETUP_URL: link });
  await fresh.kill('SIGTERM');

  const clock = path.join(temporaryFolder(), 'ahead');
  const lively = new Pond({ store: '', console: consoleDir, env: { KOIPOND_CLOCK_FILE: clock } });
  await lively.command(['sample', '--people', '400', '--seed', '5']);
  await lively.command(['user', 'create', '--role', 'admin', '--login', 'admin', '--password', password]);
  await lively.start();
  await suite('pages.spec.mjs', { KOI_URL: lively.base });
  await suite('explorers.spec.mjs', { KOI_URL: lively.base });
  await suite('boards.spec.mjs', { KOI_URL: lively.base });
  await suite('handover.spec.mjs', { KOI_URL: lively.base });
  await suite('segments.spec.mjs', { KOI_URL: lively.base, KOI_CLOCK_FILE: clock });  // last: weeks pass in it
  await lively.kill('SIGTERM');

  // With a WeCom in the box: two screens, a console and a phone.
  const port = await freePort();
  const boxed = new Pond({ store: '', console: consoleDir, env: { KOIPOND_SIMULATOR: String(port) } });
  await boxed.command(['user', 'create', '--role', 'admin', '--login', 'admin', '--password', password]);
  await boxed.start();
  await suite('story.spec.mjs', { KOI_URL: boxed.base, KOI_SIM_URL: `http://127.0.0.1:${port}` });
  await suite('proof.spec.mjs', { KOI_URL: boxed.base, KOI_SIM_URL: `http://127.0.0.1:${port}` });
  await suite('login.spec.mjs', { KOI_URL: boxed.base, KOI_SIM_URL: `http://127.0.0.1:${port}` });
  await boxed.kill('SIGTERM');
});
