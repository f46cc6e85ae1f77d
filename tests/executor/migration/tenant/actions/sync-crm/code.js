const crm = require('actions:crm');

exports.onExecutePostLogin = async (event, api) => {
  api.user.setAppMetadata('crm', crm.greeting(event.user.email));
};
