/** Several servers that are one Latchkey: the same database, issuer, operator and key-encryption key. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { AdminApi } from './admin-api.ts';
import { DatabaseProxy } from './database-proxy.ts';
import { findFreePort } from './free-port.ts';
import { HttpConnections } from './http-connections.ts';
import {
  killServersLeft,
  newCredential,
  startServer,
  type Credential,
  type ServerAddress,
  type ServerOptions,
  type ServerProcess,
} from './server-process.ts';
import { createDatabase } from './shared-servers.ts';

export interface InstancesOptions {
  count: number;
  /** Whether each has a proxy of its own in front of the database. */
  proxied?: boolean;
  /** Default: where the first instance listens. */
  issuer?: string;
  env?: Record<string, string>;
}

export class Instance {
  /** As it is reached itself, whatever the issuer says. */
  readonly address: ServerAddress;
  readonly port: number;
  readonly proxy: DatabaseProxy | undefined;
  readonly #options: ServerOptions;
  #server: ServerProcess | undefined;

  constructor(
    port: number,
    operator: Credential,
    options: ServerOptions,
    proxy: DatabaseProxy | undefined,
  ) {
    this.port = port;
    this.address = { issuer: `http://127.0.0.1:${port}`, operator };
    this.proxy = proxy;
    this.#options = { ...options, entry: 'main', port, operator };
  }

  async start(): Promise<void> {
    this.#server = await startServer(this.#options);
  }

  get server(): ServerProcess {
    if (this.#server === undefined) throw new Error('the instance was not started');
    return this.#server;
  }

  /** Throws when it has none. */
  get ownProxy(): DatabaseProxy {
    if (this.proxy === undefined) throw new Error('the instances were started without proxies');
    return this.proxy;
  }

  connect(max: number): HttpConnections {
    return new HttpConnections(this.port, max);
  }

  /** SIGKILL, if it runs at all. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  /** SIGSTOP: connections are taken, and nothing is answered. */
  freeze(): void {
    this.server.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.server.child.kill('SIGCONT');
  }
}

export class Instances {
  readonly all: readonly Instance[];
  readonly issuer: string;
  readonly databaseUrl: string;

  private constructor(all: readonly Instance[], issuer: string, databaseUrl: string) {
    this.all = all;
    this.issuer = issuer;
    this.databaseUrl = databaseUrl;
  }

  static async start(options: InstancesOptions): Promise<Instances> {
    const databaseUrl = await createDatabase();
    const ports = await Promise.all(Array.from({ length: options.count }, findFreePort));
    const issuer = options.issuer ?? `http://localhost:${ports[0]}`;
    const operator = newCredential();
    const keyEncryptionKey = randomBytes(32).toString('base64');
    const env = { LATCHKEY_ISSUER: issuer, LATCHKEY_LOG_LEVEL: 'warn', ...options.env };
    const all = await Promise.all(
      ports.map(async (port) => {
        const proxy = options.proxied ? await DatabaseProxy.start(databaseUrl) : undefined;
        const own = { databaseUrl: proxy?.url ?? databaseUrl, keyEncryptionKey, env };
        return new Instance(port, operator, own, proxy);
      }),
    );
    const instances = new Instances(all, issuer, databaseUrl);
    const starts = await Promise.allSettled(all.map((instance) => instance.start()));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed === undefined) return instances;
    await instances.stop();
    throw failed.reason;
  }

  /** Throws when there are not so many. */
  get(index: number): Instance {
    const instance = this.all[index];
    if (instance === undefined) throw new Error(`there is no instance ${index}`);
    return instance;
  }

  /** The admin API as one instance serves it. */
  admin(instance: Instance): AdminApi {
    return new AdminApi(instance.address, undefined, `${this.issuer}/api`);
  }

  /** Kills what runs; nobody waits for a drain. */
  async stop(): Promise<void> {
    for (const { proxy } of this.all) await proxy?.close();
    await Promise.all(this.all.map((instance) => instance.kill()));
  }
}

/** Started before all and killed after all, with whatever else is left; there when the tests run. */
export function useInstances(options: InstancesOptions): () => Instances {
  let instances: Instances | undefined;
  beforeAll(async () => {
    instances = await Instances.start(options);
  });
  afterAll(async () => {
    await killServersLeft();
    await instances?.stop();
  });
  return () => {
    if (instances === undefined) throw new Error('the instances are there only while tests run');
    return instances;
  };
}
