/**
 * A custom SMS provider, with retries.
 *
 * Interlock tries a message again that an action asks to have tried again, or that fails, some seconds later and then
 * less and less often. So this tells trouble that passes (the provider is away, or overloaded) from what stays (the number
 * is none), and sends the execution's id along, which is the same in every attempt: a message that the provider took
 * although its answer got lost is not sent twice.
 *
 * Trigger: custom-phone-provider
 * Secrets: SMS_URL, SMS_TOKEN
 */
import type { OnExecuteCustomPhoneProvider } from 'interlock-actions';

/** Answers of the provider that may be others in a minute. */
const PASSES = [408, 425, 429, 500, 502, 503, 504];

export const onExecuteCustomPhoneProvider: OnExecuteCustomPhoneProvider = async (event, api) => {
  const { notification, secrets, execution } = event;
  if (notification.delivery_method !== 'text') return api.notification.drop('this provider does not call');
  let answer: Response;
  try {
    answer = await fetch(`${secrets.SMS_URL}/v1/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secrets.SMS_TOKEN}`,
        'content-type': 'application/json',
        'idempotency-key': execution.id,
      },
      body: JSON.stringify({ from: notification.from, to: notification.recipient, text: notification.as_text }),
      signal: AbortSignal.timeout(3_000),
    });
  } catch (error) {
    console.warn('attempt %d: %s', execution.attempt, (error as Error).message);
    return api.notification.retry('the provider cannot be reached');
  }
  if (answer.ok) {
    const { id } = (await answer.json()) as { id: string };
    console.log('attempt %d: sent as %s', execution.attempt, id);
    return;
  }
  console.warn('attempt %d: the provider answered %d', execution.attempt, answer.status);
  if (PASSES.includes(answer.status)) return api.notification.retry(`the provider answered ${answer.status}`);
  // The number and the text stay out of what is kept.
  api.notification.drop(`the provider refused the message: ${answer.status}`);
};
