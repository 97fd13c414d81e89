// Step 02 in Node: pipe() connects each socket with itself, and stops reading while the client doesn't.
const dns = require('node:dns');
const fs = require('node:fs');
const net = require('node:net');

const HELP = `Echoes every byte back, to any number of clients at once.

Usage: right_02_pipe.js [[HOST] PORT] [--quiet]

  HOST PORT  where to listen; port 0 lets the system choose (default: localhost 8080)
  --quiet    leave out the lines Received and Echoed

Example: right_02_pipe.js 127.0.0.1 4444`;

const options = parse(process.argv.slice(2));
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {}); // nobody reads it

dns.lookup(options.host, { verbatim: false }, (error, address) => {
  if (error) fail(error);
  net.createServer({ allowHalfOpen: true }, serve)
    .on('error', fail)
    .listen(options.port, address, function () {
      say(`Server listening on ${shown(options.host, this.address().port)}...`);
    });
});

function serve(client) {
  client.on('error', () => {});
  if (!client.remoteAddress) return client.destroy(); // it has gone already
  const peer = shown(client.remoteAddress, client.remotePort);
  const tell = (what) => (data) => options.quiet || say(`${what} ${peer}: ${printable(data)}`);
  say(`Connection from ${peer}`);
  client.on('close', () => say(`Connection closed: ${peer}`));
  client.on('data', tell('Received from'));
  client.pipe(client);
  client.on('data', tell('Echoed to')); // called after pipe's own listener
}

function parse(words) {
  if (words.includes('--help')) {
    say(HELP);
    process.exit();
  }
  const place = words.filter((word) => word !== '--quiet');
  const unknown = place.find((word) => word.startsWith('--')) ?? place[2];
  if (unknown !== undefined) refuse(`unexpected argument '${unknown}'`);
  const [port, host = 'localhost'] = place.length ? place.reverse() : ['8080'];
  if (!/^\d+$/.test(port) || Number(port) > 65535) refuse(`the port must be a number from 0 to 65535, not '${port}'`);
  return { host, port: Number(port), quiet: words.includes('--quiet') };
}

function refuse(reason) {
  fs.writeSync(2, `Error: ${reason}\n\n${HELP}\n`);
  process.exit(2);
}

function fail(error) {
  fs.writeSync(2, `Error: cannot listen on ${shown(options.host, options.port)}: ${error.message}\n`);
  process.exit(1);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function shown(host, port) {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

// On one line, without its line ending, escaped and cut.
function printable(data) {
  const text = data.subarray(0, 400).toString().replace(/\r?\n$/, '');
  const escaped = text.replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
  return escaped.length > 80 ? `${escaped.slice(0, 80)}...` : escaped;
}
