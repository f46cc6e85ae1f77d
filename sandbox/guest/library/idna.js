// Unicode domain names, https://unicode.org/reports/tr46/, by the package tr46. Loaded by url/domain.js when a host needs it.
import tr46 from 'tr46';

export const { toASCII, toUnicode } = tr46;
