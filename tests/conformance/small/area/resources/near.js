const NEAR = 'near';
