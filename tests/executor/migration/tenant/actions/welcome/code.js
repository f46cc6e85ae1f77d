exports.onExecutePostUserRegistration = async (event) => {
  console.log('welcome', event.user.email);
};
