// META: global=shadowrealm
test(() => {}, 'for a realm without a platform');
