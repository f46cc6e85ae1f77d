// https://nodejs.org/api/http.html and https.html: Node's own client, over the sockets of net and tls, and in one module, since
// each needs the other's parts. Its parser and what it asks of Node's internals are in library/http.
import http from 'node-lib:http';
import https from 'node-lib:https';

export { http, https };
