// META: variant=?one
// META: variant=?two
test(() => assert_equals(location.search, '?one'), 'is the first part');
