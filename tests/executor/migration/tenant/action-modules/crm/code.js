exports.greeting = (email) => `hello ${email}, ${actions.secrets.CRM_KEY ? 'known' : 'unknown'}`;
