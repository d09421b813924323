/** Lists: pages that neither repeat nor skip, sorting, filters and search. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

interface Listed {
  id: string;
  name: string;
  created_at: string;
  active: boolean;
}

interface ListBody {
  data: Listed[];
  next_cursor: string | null;
}

describeOnBothDatabases('lists', (server) => {
  const admin = new AdminApi(server);
  const tag = () => randomBytes(6).toString('hex');

  async function makeClients(names: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const name of names) ids.push((await admin.createClient([], { name })).id);
    return ids;
  }

  async function readPage(query: string): Promise<ListBody> {
    const { status, body } = await admin.request<ListBody>(`/clients?${query}`);
    expect(status).toBe(200);
    return body;
  }

  async function readAll(query: string, between?: () => Promise<unknown>): Promise<Listed[]> {
    const all: Listed[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: ListBody = await readPage(cursor === '' ? query : `${query}&cursor=${cursor}`);
      all.push(...page.data);
      cursor = page.next_cursor;
      await between?.();
    }
    return all;
  }

  test('filtered by an API, whether by its identifier or its record id, only clients granted it come', async () => {
    const mark = tag();
    const { id, identifier } = await admin.createApi(['a']);
    const other = await admin.createApi(['a']);
    const granted = await admin.createClient([{ api: identifier, scopes: ['a'] }], {
      name: `granted ${mark}`,
    });
    await admin.createClient([{ api: other.identifier, scopes: ['a'] }], { name: `other ${mark}` });
    for (const api of [id, encodeURIComponent(identifier)]) {
      const { data } = await readPage(`api=${api}`);
      expect(data.map((client) => client.id)).toEqual([granted.id]);
    }
    expect((await readPage('api=https://nobody.example.com')).data).toEqual([]);
  });

  test.each(['created_at', 'name', 'active', 'last_used_at'])(
    'sorted by %s both ways, page by page, everything comes once',
    async (field) => {
      const mark = tag();
      const ids = await makeClients(['b', 'a', 'a', 'c', 'B'].map((name) => `${name} ${mark}`));
      await admin.request(`/clients/${ids[1]}`, { method: 'PATCH', body: { active: false } });
      const up = await readAll(`q=${mark}&limit=2&sort=${field}`);
      const down = await readAll(`q=${mark}&limit=2&sort=-${field}`);
      expect(up.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(down).toEqual(up.toReversed());
      // One page of all says the same as pages of two.
      expect((await readPage(`q=${mark}&sort=${field}`)).data).toEqual(up);
      if (field === 'created_at') expect(up.map(({ id }) => id)).toEqual(ids);
      if (field === 'active')
        expect(up.map(({ active }) => active)).toEqual([false, true, true, true, true]);
    },
  );

  //
  test('clients that come and go meanwhile neither repeat nor hide those that stay', async () => {
    const mark = tag();
    const stable = await makeClients(Array.from({ length: 8 }, (_, index) => `${index} ${mark}`));
    for (const sort of ['-created_at', 'name']) {
      let passing = await makeClients([`0 ${mark}`, `4 ${mark}`, `8 ${mark}`]);
      const seen = await readAll(`q=${mark}&limit=2&sort=${sort}`, async () => {
        const gone = passing;
        passing = await makeClients([`3 ${mark}`, `9 ${mark}`]);
        for (const id of gone) await admin.request(`/clients/${id}`, { method: 'DELETE' });
        // Newcomers at the end of a list that is read to its end would go on for ever.
        if (sort === 'name') {
          for (const id of passing) await admin.request(`/clients/${id}`, { method: 'DELETE' });
          passing = [];
        }
      });
      const ids = seen.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(stable.filter((id) => !ids.includes(id))).toEqual([]);
      for (const id of passing) await admin.request(`/clients/${id}`, { method: 'DELETE' });
    }
  });

  //
  test.each(['0', '-1', '201', '1e9', '1000000000', 'abc', '', '1.5', '0x10', '%205'])(
    'refuses the limit "%s"',
    async (limit) => {
      for (const path of ['/clients', '/apis', '/audit-events']) {
        const { status, body } = await admin.request(`${path}?limit=${limit}`);
        expect({ status, errors: body['errors'] }).toEqual({
          status: 400,
          errors: [{ pointer: 'limit', detail: expect.any(String) }],
        });
      }
    },
  );

  test('gives 50 when nobody says how many, and 200 to whoever asks', async () => {
    const mark = tag();
    await makeClients(Array.from({ length: 51 }, () => mark));
    const page = await readPage(`q=${mark}`);
    expect(page.data).toHaveLength(50);
    expect(page.next_cursor).not.toBeNull();
    expect(await readPage(`q=${mark}&limit=200`)).toMatchObject({ next_cursor: null });
    expect(await readPage(`q=${mark}&limit=51`)).toMatchObject({ next_cursor: null });
  });

  //
  test.each([
    'sort=id',
    'sort=secret_digest',
    'sort=',
    'sort=name;DROP%20TABLE%20clients',
    'sort=--name',
    'sort=name,created_at',
    'sort=name&sort=created_at',
    'active=maybe',
    'active=1',
    'name=x',
    'q=',
    'q=%00',
    `q=${'x'.repeat(201)}`,
    'cursor=x',
    'cursor=W10',
    'cursor=bnVsbA',
    ...[
      ['-created_at', 'whenever', 'client_0'],
      ['-created_at', '2026-02-31 00:00:00+00', 'client_0'],
      ['-created_at', "' OR 1=1 --", 'client_0'],
      ['-created_at', '2026-01-01 00:00:00+00', '\0'],
      ['name', 'x', 'client_0'],
      ['-created_at', 7, 'client_0'],
      ['-created_at', 'x'],
    ].map((cursor) => `cursor=${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`),
  ])('refuses ?%s', async (query) => {
    const { status, body } = await admin.request(`/clients?${query}`);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid' });
  });

  //
  test('finds text as it is typed: no character is a wildcard', async () => {
    const mark = tag();
    const names = [`100% ${mark}`, `100x ${mark}`, `a_b ${mark}`, `axb ${mark}`, `a\\b ${mark}`];
    await makeClients(names);
    for (const [text, found] of [
      [`100% ${mark}`, [`100% ${mark}`]],
      [`a_b ${mark}`, [`a_b ${mark}`]],
      [`a\\b ${mark}`, [`a\\b ${mark}`]],
      [`A_B ${mark.toUpperCase()}`, [`a_b ${mark}`]],
      [mark, names],
      [`%${mark}`, []],
      [`' OR '1'='1 ${mark}`, []],
      [`(a+)+$ ${mark}`, []],
    ] as const) {
      const { data } = await readPage(`q=${encodeURIComponent(text)}&sort=created_at`);
      expect({ text, found: data.map(({ name }) => name) }).toEqual({ text, found });
    }
  });

  test('finds a client by its name, description and client_id', async () => {
    const mark = tag();
    const client = await admin.createClient([], { name: mark, description: `about ${mark}y` });
    for (const text of [mark, `out ${mark}Y`, client.clientId, client.clientId.slice(6)]) {
      const { data } = await readPage(`q=${encodeURIComponent(text)}`);
      expect(data.map(({ id }) => id)).toEqual([client.id]);
    }
  });

  test('shows active or inactive clients alone', async () => {
    const mark = tag();
    const [active, inactive] = await makeClients([mark, mark]);
    await admin.request(`/clients/${inactive}`, { method: 'PATCH', body: { active: false } });
    const idsOf = async (query: string) => (await readAll(query)).map(({ id }) => id);
    expect(await idsOf(`q=${mark}&active=true`)).toEqual([active]);
    expect(await idsOf(`q=${mark}&active=false`)).toEqual([inactive]);
  });

  test('APIs and secrets come in pages as well', async () => {
    const mark = tag();
    for (const name of ['b', 'a', 'c'])
      await admin.createApi([], { identifier: `https://${name}.${mark}.example.com`, name });
    const read = (path: string) => admin.request<ListBody>(path);
    const first = await read(`/apis?q=${mark}&sort=identifier&limit=2`);
    expect(first.body.data.map(({ name }) => name)).toEqual(['a', 'b']);
    const rest = await read(
      `/apis?q=${mark}&sort=identifier&limit=2&cursor=${first.body.next_cursor}`,
    );
    expect(rest.body.data.map(({ name }) => name)).toEqual(['c']);
    expect(rest.body.next_cursor).toBeNull();

    const client = await admin.createClient([]);
    const path = `/clients/${client.id}/secrets`;
    for (let made = 0; made < 2; made += 1) await admin.request(path, { method: 'POST' });
    const { body: all } = await read(path);
    const { body: newest } = await read(`${path}?limit=2`);
    const { body: oldest } = await read(`${path}?limit=2&cursor=${newest.next_cursor}`);
    expect([...newest.data, ...oldest.data]).toEqual(all.data);
    expect(all.data).toHaveLength(3);
    expect(oldest.next_cursor).toBeNull();
  });
});
