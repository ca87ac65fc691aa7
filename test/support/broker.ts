import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Admin } from '@platformatic/kafka';

const run = promisify(execFile);
const kafkaVersion = '4.3.1';
const log4jVersion = '2.25.4';

export type Broker = {
  /** host:port */
  readonly address: string;
  /** A second door with TLS and SASL/PLAIN, where the broker is ours. */
  readonly guarded?: {
    readonly address: string;
    readonly ca: string;
    readonly username: string;
    readonly password: string;
  };
  /** Whether it is ours to kill and start again. */
  readonly own: boolean;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Why no broker can be started here, or undefined where one can. */
export async function brokerMissing(): Promise<string | undefined> {
  if (process.env['VIGILSTREAM_TEST_KAFKA']) return undefined;
  try {
    await run('java', ['-version']);
  } catch {
    return 'the Kafka suite is left out: there is no Java 17, and VIGILSTREAM_TEST_KAFKA names no broker';
  }
  if (existsSync(join(jarFolder(), '.complete'))) return undefined;
  try {
    await run('mvn', ['-version']);
    return undefined;
  } catch {
    return 'the Kafka suite is left out: there is no Maven to fetch Apache Kafka with, and VIGILSTREAM_TEST_KAFKA names no broker';
  }
}

function jarFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, `vigilstream-kafka-${kafkaVersion}`);
}

const dependency = (group: string, artifact: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

/** Fetches Apache Kafka from Maven Central once; later runs take it from the cache. */
async function fetchJars(): Promise<string> {
  const folder = jarFolder();
  if (existsSync(join(folder, '.complete'))) return folder;
  const build = await mkdtemp(join(tmpdir(), 'kafka-jars-'));
  await writeFile(
    join(build, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>local</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
    <dependencies>${dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', log4jVersion)}
    ${dependency('org.apache.logging.log4j', 'log4j-core', log4jVersion)}</dependencies></project>`,
  );
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
  const jars = join(build, 'jars');
  await run('mvn', [
    '-B',
    '-q',
    '-f',
    join(build, 'pom.xml'),
    goal,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${jars}`,
  ]);
  await writeFile(join(jars, '.complete'), '');
  await mkdir(join(folder, '..'), { recursive: true });
  // Another run may have been faster; its folder is as good.
  await rename(jars, folder).catch(async () => {
    if (!existsSync(join(folder, '.complete'))) {
      await run('cp', ['-r', jars, folder]);
    }
  });
  await rm(build, { recursive: true, force: true });
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

const username = 'monitor';
const password = 'a-password-of-the-test';

/** A certificate for 127.0.0.1, made by the tool that comes with Java. */
async function makeCertificate(data: string): Promise<string> {
  const store = ['-keystore', join(data, 'keys.p12'), '-storepass', password, '-alias', 'broker'];
  const names = ['-dname', 'CN=localhost', '-ext', 'SAN=ip:127.0.0.1,dns:localhost', '-validity', '2'];
  await run('keytool', ['-genkeypair', ...store, '-keyalg', 'EC', ...names, '-storetype', 'PKCS12']);
  const ca = join(data, 'ca.pem');
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', ca]);
  return ca;
}

type Ports = { readonly plain: number; readonly controller: number; readonly guarded: number };

function serverProperties({ plain, controller, guarded }: Ports, data: string): string {
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${plain},GUARDED://127.0.0.1:${guarded},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${plain},GUARDED://127.0.0.1:${guarded}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config=${login} user_${username}="${password}";
listener.name.guarded.ssl.keystore.type=PKCS12
listener.name.guarded.ssl.keystore.location=${join(data, 'keys.p12')}
listener.name.guarded.ssl.keystore.password=${password}
listener.name.guarded.ssl.key.password=${password}
log.dirs=${join(data, 'logs')}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
`;
}

const logging = `rootLogger.level=WARN
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c{1} %m%n
`;

/** Waits until the broker answers: its port is open before its controller is active. */
async function untilReady(address: string, process?: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    if (process && process.exitCode !== null)
      throw new Error(`the broker ended with code ${process.exitCode}`);
    const admin = new Admin({
      clientId: 'test',
      bootstrapBrokers: [address],
      retries: 0,
      connectTimeout: 1000,
    });
    admin.on('error' as never, (() => undefined) as never);
    // An admin that was connected to a dying broker may wait for an answer that never comes.
    const answers = admin
      .listTopics()
      .then(() => admin.metadata({ topics: [] }))
      .then(({ brokers }) => brokers.size > 0)
      .catch(() => false);
    const ready = await Promise.race([answers, sleep(3000, false)]);
    void Promise.resolve(admin.close()).catch(() => undefined);
    if (ready) return;
    await sleep(250);
  }
  throw new Error('the broker did not answer within a minute');
}

/** A broker of our own on free ports, or the one that `VIGILSTREAM_TEST_KAFKA` names. */
export async function startBroker(): Promise<Broker> {
  const named = process.env['VIGILSTREAM_TEST_KAFKA'];
  if (named) {
    await untilReady(named);
    const leave = async (): Promise<void> => undefined;
    return { address: named, own: false, kill: leave, start: leave, stop: leave };
  }
  const jars = join(await fetchJars(), '*');
  const ports = { plain: await freePort(), controller: await freePort(), guarded: await freePort() };
  const data = await mkdtemp(join(tmpdir(), 'kafka-data-'));
  const properties = join(data, 'server.properties');
  const ca = await makeCertificate(data);
  await writeFile(properties, serverProperties(ports, data));
  await writeFile(join(data, 'log4j2.properties'), logging);
  const java = ['-cp', jars, `-Dlog4j2.configurationFile=${join(data, 'log4j2.properties')}`];
  const tool = [...java, '-Xmx128m', 'kafka.tools.StorageTool'];
  const { stdout } = await run('java', [...tool, 'random-uuid']);
  await run('java', [...tool, 'format', '-c', properties, '-t', stdout.trim()]);
  const address = `127.0.0.1:${ports.plain}`;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const output = createWriteStream(join(data, 'broker.log'), { flags: 'a' });
    await once(output, 'open');
    child = spawn('java', [...java, '-Xms128m', '-Xmx512m', '-XX:+UseG1GC', 'kafka.Kafka', properties], {
      stdio: ['ignore', output, output],
    });
    try {
      await untilReady(address, child);
    } catch (error) {
      const tail = (await readFile(join(data, 'broker.log'), 'utf8')).slice(-2000);
      throw new Error(`no broker: ${tail}`, { cause: error });
    }
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    address,
    guarded: { address: `127.0.0.1:${ports.guarded}`, ca, username, password },
    own: true,
    start,
    kill,
    async stop() {
      await kill();
      await rm(data, { recursive: true, force: true });
    },
  };
}
