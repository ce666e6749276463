import { CotangentError } from '@cotangent/core'

/** What cannot leave for another system, or come from one: an op without a counterpart, a damaged or unknown file. */
export class ExportError extends CotangentError {
  override readonly name = 'ExportError'
}
