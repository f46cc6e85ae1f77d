test(() => {}, 'passes');
test(() => assert_equals(1, 2), 'fails');
test(() => {}, 'twice');
test(() => assert_equals('a', 'b'), 'twice');
