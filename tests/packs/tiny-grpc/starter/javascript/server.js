const http2 = require('node:http2');

const OK = '0';
const UNIMPLEMENTED = '12';

const methods = {
  '/tiny.Text/Shout': (text) => [OK, [text]],
};

function framed(message) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function answer(stream, path, request) {
  const [status, messages] = path in methods ? methods[path](request) : [UNIMPLEMENTED, []];
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
  for (const message of messages) stream.write(framed(message));
  stream.end();
}

const server = http2.createServer();
server.on('sessionError', () => {});
server.on('stream', (stream, headers) => {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => answer(stream, headers[':path'], Buffer.concat(chunks).subarray(5)));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
