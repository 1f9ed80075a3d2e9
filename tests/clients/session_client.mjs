// Prints every Snapshot of a session once, in order, whichever nodes it takes: `tick total`, or `gap from first reason` where some are lost.
//
//     curl -o client.mjs http://gw-1:5900/kairos/client.js
//     node session_client.mjs ./client.mjs ws://gw-1:5900/ws/metrics ws://gw-2:5900/ws/metrics

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import WebSocket from 'ws';

const [module, ...urls] = process.argv.slice(2);
const { MetricsStream } = await import(pathToFileURL(resolve(module)));
const stream = new MetricsStream(urls, { WebSocket });

// A node greets whoever is new to it with the guide's six.
let isOurs = false;
stream.on('Session', ({ subscription }) => (isOurs = subscription.metrics.length === 1));
stream.on('Snapshot', (snapshot) => isOurs && console.log(snapshot.tick, snapshot.requests_total));
stream.on('gap', ({ fromTick, firstTick, reason }) => console.log('gap', fromTick, firstTick, reason));
stream.on('state', (state) => console.error(JSON.stringify(state)));
stream.on('Error', ({ message }) => console.error(message));
stream.subscribe({ metrics: ['requests_total'] });
