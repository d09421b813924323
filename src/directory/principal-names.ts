/** What callers are called, for people: nothing is decided by it, so nobody keeps it. */
import type { Principal } from '../model/principal.ts';
import type { Store } from '../store/store.ts';

export class PrincipalNames {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /** Of whoever is gone since it was let in, what it was known by then. */
  async get({ type, id, name }: Principal): Promise<string> {
    const record = await this.#store.read<{ name: string } | undefined>(({ clients, members }) =>
      type === 'member' ? members.find(id) : clients.find(id),
    );
    return record?.name ?? name;
  }
}
