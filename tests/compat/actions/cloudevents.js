/** Sends each user event on as a CloudEvent. */
const { CloudEvent, HTTP } = require('cloudevents');

exports.onExecuteEventStream = async (event) => {
  const made = new CloudEvent({
    type: event.message.type,
    source: '/interlock',
    id: event.message.id,
    data: event.message.data.object,
  });
  const { headers, body } = HTTP.binary(made);
  const response = await fetch('https://events.example.com/in', { method: 'POST', headers, body });
  const again = HTTP.toEvent({ headers, body });
  console.log(response.status, again.type, again.data.email);
};
