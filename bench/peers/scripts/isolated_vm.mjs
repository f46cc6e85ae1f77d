// isolated-vm: a new V8 isolate with one context a run. It is given the folder it was installed into.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { main } from './loop.mjs';

const folder = process.argv[2];
const ivm = createRequire(join(folder, 'package.json'))('isolated-vm');
const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/isolated-vm/package.json'), 'utf8'));

main(
  (text) => (event) => {
    const isolate = new ivm.Isolate({ memoryLimit: 64 });
    const context = isolate.createContextSync();
    context.evalSync(text);
    context.evalSync(`run(${event}); 0`);
    const answer = context.evalSync('JSON.stringify(out)');
    isolate.dispose();
    return answer;
  },
  `isolated-vm ${version}, Node ${process.version}`,
);
