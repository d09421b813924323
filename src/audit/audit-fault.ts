/** Why an audit log does not verify: a closed family, one for each way in which it shows. */

export type AuditFaultCode =
  /** What is there cannot be read as what it should be. */
  | 'malformed'
  /** An event, or a row, that nobody here has signed. */
  | 'unsigned'
  | 'wrong_signature'
  /** One is missing, or there is one too many, or they are not in their order. */
  | 'wrong_sequence'
  | 'wrong_link'
  /** A column says something else than what was signed. */
  | 'wrong_column'
  | 'wrong_key'
  | 'wrong_anchor'
  | 'wrong_end'
  | 'wrong_checkpoint'
  | 'truncated';

export class AuditFault extends Error {
  readonly code: AuditFaultCode;
  /** The event where it shows; null: it is not about one. */
  readonly sequence: bigint | null;

  constructor(code: AuditFaultCode, sequence: bigint | null, detail: string) {
    super(detail);
    this.name = 'AuditFault';
    this.code = code;
    this.sequence = sequence;
  }
}
