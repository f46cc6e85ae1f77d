// The deprecated module `constants`: all numbers of os, fs and crypto in one object.
const { dlopen, errno, priority, signals } = runtime.module('os').constants;
const exported = Object.freeze({
  ...dlopen,
  ...errno,
  ...priority,
  ...signals,
  ...runtime.module('fs').constants,
  ...runtime.module('crypto').constants,
});
export { exported as 'module.exports' };
