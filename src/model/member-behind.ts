/** The member whose client acts, or who acts themselves. */
export interface MemberBehind {
  id: string;
  /** `secrets:write` reaches no client but the member's own. */
  ownSecretsOnly: boolean;
}
