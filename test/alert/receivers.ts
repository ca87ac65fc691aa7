import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export type Received = {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
};

export type HttpReceiver = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** How the next requests are answered; 204 by default. */
  answer: (response: ServerResponse, request: Received) => void;
};

/** A real HTTP server on localhost that keeps what comes in and answers as it is told. */
export async function httpReceiver(port = 0): Promise<HttpReceiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const one = { headers: request.headers, body, path: request.url ?? '' };
      received.push(one);
      receiver.answer(response, one);
    });
  });
  await new Promise<void>((settle) => server.listen(port, '127.0.0.1', settle));
  const at = (server.address() as AddressInfo).port;
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${at}/hook`,
    port: at,
    received,
    answer: (response) => response.writeHead(204).end(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((settle) => server.close(() => settle()));
    },
  };
  return receiver;
}

export type Mail = { readonly from: string; readonly to: readonly string[]; readonly text: string };

export type MailReceiver = AsyncDisposable & {
  readonly port: number;
  readonly mails: Mail[];
  /** An SMTP status refuses what is sent next; 0 takes it; hang never answers. */
  answer: number | 'hang';
};

/** A real SMTP server on localhost, without encryption. */
export async function mailReceiver(): Promise<MailReceiver> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    hideSTARTTLS: true,
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      stream.on('end', () => {
        if (receiver.answer === 'hang') return;
        if (receiver.answer !== 0) {
          done(Object.assign(new Error('refused'), { responseCode: receiver.answer }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map((one) => one.address),
          text,
        });
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle);
  });
  const receiver: MailReceiver = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    answer: 0,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((settle) => {
        server.close(() => settle());
      });
    },
  };
  return receiver;
}
