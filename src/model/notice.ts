/** Messages to the people of an organization about what happened without their doing. */

/** Of what a notice tells, with the parameters its text is made of. */
export interface NoticeParameters {
  /** A client asked about access tokens of an API that does not list it, and was told nothing. */
  introspection_not_listed: {
    /** Record id of the client that asked. */
    client: string;
    client_id: string;
    /** Record id of the API. */
    api: string;
    api_identifier: string;
    /** The API is the instance's, or the client another organization's: only an operator can list it. */
    needs_operator: boolean;
  };
}

export type NoticeKind = keyof NoticeParameters;

export const noticeKinds = ['introspection_not_listed'] as const satisfies readonly NoticeKind[];

export interface NoticeDraft {
  organizationId: string;
  /** null: the organization's own. */
  locationId: string | null;
  kind: NoticeKind;
  /** What distinguishes it from others of its kind: the same again is counted, not repeated. */
  occasion: string;
  parameters: NoticeParameters[NoticeKind];
  count: number;
  firstOccurredAt: Date;
  lastOccurredAt: Date;
}

export interface Notice extends Omit<NoticeDraft, 'occasion'> {
  id: string;
  /** null: nobody has read it. */
  readAt: Date | null;
}
