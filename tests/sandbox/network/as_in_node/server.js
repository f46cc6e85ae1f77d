// What the cases of fetch.js talk to. Prints its port.
import http from 'node:http';
import zlib from 'node:zlib';

const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const PATHS = {
  '/json': (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"a":[1,"é"]}');
  },
  '/echo': async (request, response) => {
    const body = await bodyOf(request);
    const {
      'content-type': type,
      'content-length': length,
      'transfer-encoding': coding,
      'x-own': own,
    } = request.headers;
    const said = body.length < 200 ? body.toString() : body.length;
    response.end(JSON.stringify({ method: request.method, type, length, coding, own, said }));
  },
  '/redirect': async (request, response, url) => {
    response.writeHead(Number(url.searchParams.get('code')), { location: '/echo' });
    await bodyOf(request);
    response.end();
  },
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/gzip': (_, response) => {
    response.setHeader('content-encoding', 'gzip');
    response.end(zlib.gzipSync('x'.repeat(100_000)));
  },
  '/cookies': (_, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.setHeader('X-Two', ['1', '2']);
    response.end();
  },
  '/chunks': (_, response) => {
    let sent = 0;
    const next = () => (sent < 5 ? response.write(`chunk${sent++}`, next) : response.end());
    next();
  },
  '/cut': (request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => setImmediate(() => request.socket.destroy()));
  },
  '/close': (request) => request.socket.destroy(),
  '/silent': () => undefined,
  '/begun': (_, response) => response.write('x'),
  '/garbage': (request) => request.socket.end('nonsense\r\n\r\n'),
  '/nothing': (_, response) => response.writeHead(204).end(),
  '/missing': (_, response) => response.writeHead(404, 'Nothing Here').end('no'),
  '/big': (_, response) => response.end(Buffer.alloc(3 << 20, 65)),
  '/early': (_, response) => response.writeHead(413).end('too large'),
};

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  try {
    await PATHS[url.pathname](request, response, url);
  } catch {
    request.socket.destroy(); // the peer broke off
  }
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
