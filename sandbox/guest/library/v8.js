// https://nodejs.org/api/v8.html: the engine is another one. Its figures are the run's limit.
import { refused } from './refused/refusing.js';

const MEMORY_BYTES = 64 * 1024 * 1024;
const REASON = 'the engine is QuickJS; for a copy of a value use structuredClone';

const exported = {
  ...refused(
    'v8',
    REASON,
    'DefaultDeserializer DefaultSerializer Deserializer Serializer deserialize getHeapSnapshot queryObjects serialize ' +
      'startCpuProfile takeCoverage writeHeapSnapshot',
  ),
  cachedDataVersionTag: () => 0,
  getHeapCodeStatistics: () => ({
    code_and_metadata_size: 0,
    bytecode_and_metadata_size: 0,
    external_script_source_size: 0,
    cpu_profiler_metadata_size: 0,
  }),
  getHeapSpaceStatistics: () => [],
  getHeapStatistics: () => ({
    total_heap_size: MEMORY_BYTES,
    total_heap_size_executable: 0,
    total_physical_size: MEMORY_BYTES,
    total_available_size: MEMORY_BYTES / 2,
    used_heap_size: MEMORY_BYTES / 2,
    heap_size_limit: MEMORY_BYTES,
    malloced_memory: 0,
    peak_malloced_memory: 0,
    does_zap_garbage: 0,
    number_of_native_contexts: 1,
    number_of_detached_contexts: 0,
    total_global_handles_size: 0,
    used_global_handles_size: 0,
    external_memory: 0,
  }),
  isStringOneByteRepresentation: (/** @type {string} */ text) => !/[^\x00-\xff]/.test(text),
  promiseHooks: refused('v8.promiseHooks', REASON, 'createHook onAfter onBefore onInit onSettled'),
  setFlagsFromString() {},
  setHeapSnapshotNearHeapLimit() {},
  startupSnapshot: {
    ...refused('v8.startupSnapshot', REASON, 'addDeserializeCallback addSerializeCallback setDeserializeMainFunction'),
    isBuildingSnapshot: () => false,
  },
  stopCoverage() {},
};
export { exported as 'module.exports' };
