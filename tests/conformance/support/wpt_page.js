// What a page gives to web platform tests and an action does not have, and how results come out: a line of the console
// for each subtest as it begins and as it ends, so that those of a run that is cut off are not lost.
{
  const log = console.log;
  const say = (...row) => log(`\u0001wpt ${JSON.stringify(row)}`);
  const { files, search } = PAGE;
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  globalThis.self = globalThis;
  globalThis.Window = Object; // the IDL harness asks which of the two worlds it is in
  globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
  globalThis.location = { search, href: `https://web-platform.test/${search}`, toString: () => location.href };
  // A server of two answers: a file of the folder, and what was sent to it.
  globalThis.fetch = async (name, init) => {
    if (init?.method === 'POST') return new Response(await new Request(location.href, init).bytes());
    if (files[name] === undefined) return new Response(null, { status: 404 });
    return new Response(bytes(files[name]));
  };
  // Tests of blobs look into them with a FileReader, which is not what they test; its own tests get none.
  if (PAGE.reader) {
    globalThis.FileReader = class {
      async readAsText(blob) {
        this.result = await blob.text();
        this.onload();
      }

      async readAsArrayBuffer(blob) {
        this.result = await blob.arrayBuffer();
        this.onload();
      }
    };
  }
  globalThis.wptHarness = () => {
    const numbers = new Map();
    const number = (test) => {
      if (!numbers.has(test)) {
        numbers.set(test, numbers.size);
        say('begun', numbers.get(test), test.name);
      }
      return numbers.get(test);
    };
    add_test_state_callback(number);
    add_result_callback((test) => say('ended', number(test), test.name, test.status, test.message));
    return new Promise((resolve) => {
      add_completion_callback((_tests, status) => {
        say('complete', status.status, status.message);
        resolve();
      });
    });
  };
}
