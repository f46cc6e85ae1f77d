// As much of a harness as the runner's tests need, with the callbacks of the real one.
(function (global) {
  const callbacks = { state: [], result: [], completion: [] };
  const told = (kind, ...what) => callbacks[kind].forEach((callback) => callback(...what));
  let last = Promise.resolve();
  let error = { status: 0, message: null };

  function run(name, work) {
    const one = { name, status: 3, message: null };
    told('state', one);
    last = last.then(async () => {
      try {
        await work();
        one.status = 0;
      } catch (thrown) {
        one.status = 1;
        one.message = thrown.message;
      }
      told('result', one);
    });
  }

  global.test = (work, name) => run(name, work);
  global.promise_test = (work, name) => run(name, work);
  global.assert_equals = (actual, expected) => {
    if (actual !== expected) throw new Error(`expected ${expected} but got ${actual}`);
  };
  global.harness_error = (message) => {
    error = { status: 1, message };
  };
  global.add_test_state_callback = (callback) => callbacks.state.push(callback);
  global.add_result_callback = (callback) => callbacks.result.push(callback);
  global.add_completion_callback = (callback) => callbacks.completion.push(callback);
  setTimeout(() => last.then(() => told('completion', [], error)));
})(self);
