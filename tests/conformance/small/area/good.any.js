// META: title=what a page has
// META: global=window,worker
// META: script=/resources/helper.js
// META: script=resources/near.js

test(() => assert_equals(self.double(21), 42), 'a function of a script is a property of the global');
test(() => assert_equals(NEAR, 'near'), 'a constant of a script is seen by the next one');
promise_test(async () => {
  const answer = await fetch('resources/data.json');
  assert_equals((await answer.json()).found, true);
}, 'a file beside the test is fetched');
promise_test(async () => assert_equals((await fetch('resources/none.json')).status, 404), 'another is not there');
