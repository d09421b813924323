/** The engine's storage, which it has no use for. */
import type { Adapter } from 'oidc-provider';

/** There is nothing to store: tokens are JWTs, and clients come from the registry. */
export class NoStorage implements Adapter {
  async find(): Promise<undefined> {
    return undefined;
  }

  async findByUid(): Promise<undefined> {
    return undefined;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async upsert(): Promise<undefined> {
    throw new Error('the engine must not store anything');
  }

  async consume(): Promise<undefined> {
    throw new Error('the engine must not store anything');
  }

  async destroy(): Promise<undefined> {
    throw new Error('the engine must not store anything');
  }

  async revokeByGrantId(): Promise<undefined> {
    throw new Error('the engine must not store anything');
  }
}
