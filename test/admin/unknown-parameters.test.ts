/** Faults of the query are told as such: a parameter is named, and no place in a body. */
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

describeOnBothDatabases('parameters that do not exist', (server) => {
  const admin = new AdminApi(server);
  const unknown = (pointer: string) => ({ pointer, detail: 'there is no such parameter here' });

  test.each([
    ['a list', '/clients?lmit=2', 'GET', ['lmit']],
    ['a list, several at once', '/apis?lmit=2&srot=name', 'GET', ['lmit', 'srot']],
    ['a record', '/clients/client_0000000000000000000000?colour=blue', 'GET', ['colour']],
    ['a deletion', '/clients/client_0000000000000000000000?wiat=false', 'DELETE', ['wiat']],
    // A name with the characters of a JSON pointer is still a name.
    ['a list, oddly named', '/clients?a%2Fb~c=1', 'GET', ['a/b~c']],
  ])('of %s are named', async (_what, path, method, names) => {
    const { status, body } = await admin.request(path, { method });
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        type: 'urn:latchkey:problem:invalid',
        title: 'The request is not valid',
        status: 400,
        code: 'invalid',
        detail: names.map((name) => `${name}: there is no such parameter here`).join('; '),
        request_id: expect.any(String),
        errors: names.map(unknown),
      },
    });
  });

  test('are told together with wrong values of those that do', async () => {
    const { body } = await admin.request('/clients?lmit=2&active=maybe');
    expect(body['errors']).toEqual([
      { pointer: 'active', detail: expect.any(String) },
      unknown('lmit'),
    ]);
  });

  test('no more than fifty of them are answered', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `p${index}`);
    const { status, body } = await admin.request(`/clients?${names.join('=&')}=`);
    expect({ status, errors: body['errors'] }).toEqual({
      status: 400,
      errors: names.slice(0, 50).map(unknown),
    });
  });

  test('in a body are faults of the body still', async () => {
    const { body } = await admin.request('/clients', {
      method: 'POST',
      body: { name: 'x', grants: [], colour: 'blue' },
    });
    expect(body['errors']).toEqual([{ pointer: '', detail: 'Unrecognized key: "colour"' }]);
  });
});
