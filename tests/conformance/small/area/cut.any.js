test(() => {}, 'ended before');
promise_test(() => new Promise(() => {}), 'waits for nothing');
