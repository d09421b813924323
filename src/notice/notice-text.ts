/** What a notice says to people: what happened, and what to do about it. */
import type { Notice } from '../model/notice.ts';

export function formatNotice({ kind, parameters, count }: Notice): string {
  switch (kind) {
    case 'introspection_not_listed': {
      const times = count === 1 ? 'once' : `${count} times`;
      const whoLists = parameters.needs_operator ? 'ask an operator to add it' : 'add it';
      return (
        `The client ${parameters.client_id} asked ${times} about access tokens of ${parameters.api_identifier}, ` +
        `and was told that they are not active, because the API does not list it. If it is one of the API's ` +
        `resource servers, ${whoLists} to the API's introspection_clients.`
      );
    }
  }
}
