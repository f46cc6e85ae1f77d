// Node's internal/v8/startup_snapshot.
export const namespace = { isBuildingSnapshot: () => false, addSerializeCallback() {}, addDeserializeCallback() {} };
