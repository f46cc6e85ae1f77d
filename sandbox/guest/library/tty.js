// https://nodejs.org/api/tty.html: nothing here is a terminal.
import { refusedClass } from './refused/refusing.js';

const REASON = 'an action has no terminal';

export const isatty = () => false;
export const ReadStream = refusedClass('tty', 'ReadStream', REASON);
export const WriteStream = refusedClass('tty', 'WriteStream', REASON);
