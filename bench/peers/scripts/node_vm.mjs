// Node's own `vm`: a new context a run, in the same heap. No isolation, says its own documentation.
import vm from 'node:vm';
import { main } from './loop.mjs';

main((text) => {
  // Compiled once: Node would do so in a server. `afterEvaluate` runs the context's own promise jobs before returning.
  const script = new vm.Script(text);
  return (event) => {
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
    script.runInContext(context);
    vm.runInContext(`run(${event})`, context);
    return vm.runInContext('JSON.stringify(out)', context);
  };
}, `Node ${process.version}, V8 ${process.versions.v8}`);
