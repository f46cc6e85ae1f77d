// What both Node peers share: reads what to run from standard input, and prints answer and times as JSON.
import { readFileSync } from 'node:fs';

/**
 * @param {(script: string) => (event: string) => string} prepare compiles once what may be compiled once, gives one run
 * @param {string} version
 */
export function main(prepare, version) {
  const task = JSON.parse(readFileSync(0, 'utf8'));
  const run = prepare(task.script);
  const answer = run(task.event);
  for (let i = 0; i < task.warm_up; i++) run(task.event);
  const times = [];
  for (let i = 0; i < task.runs; i++) {
    const before = process.hrtime.bigint();
    run(task.event);
    times.push(Number(process.hrtime.bigint() - before));
  }
  const rss = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(JSON.stringify({ version, answer: JSON.parse(answer), times_ns: times, rss_bytes: rss }));
}
