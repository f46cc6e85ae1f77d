// Intl.ListFormat, Intl.RelativeTimeFormat and Intl.DisplayNames.
import { DisplayNames as Names } from './intl/display-names.js';
import { ListFormat as List } from './intl/list-format.js';
import { RelativeTimeFormat as Relative } from './intl/relative-time.js';

const core = runtime.module('intl-core');

export const DisplayNames = core.named(Names, 'DisplayNames');
export const ListFormat = core.named(List, 'ListFormat');
export const RelativeTimeFormat = core.named(Relative, 'RelativeTimeFormat');
Object.defineProperty(DisplayNames, 'length', { value: 2, configurable: true });
