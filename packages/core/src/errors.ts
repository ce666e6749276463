/**
 * Base of every error that Cotangent throws on purpose.
 *
 * `code` is stable across releases; the message says which operation, what was expected, what came and what to do.
 */
export class CotangentError extends Error {
  override readonly name: string = 'CotangentError'
  constructor(
    /** Stable identifier of the mistake, such as `matmul-inner-axis`. */
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** Shapes that do not fit an operation. */
export class ShapeError extends CotangentError {
  override readonly name = 'ShapeError'
}

/** Dtypes that an operation does not take, or that would have to be narrowed silently. */
export class DTypeError extends CotangentError {
  override readonly name = 'DTypeError'
}

/** A symbolic tensor used where a concrete one is needed, or after its trace has ended. */
export class TraceError extends CotangentError {
  override readonly name = 'TraceError'
}

/** A derivative that does not exist, or a rule that breaks its contract. */
export class GradientError extends CotangentError {
  override readonly name = 'GradientError'
}

/** An argument whose value is out of range. */
export class ValueError extends CotangentError {
  override readonly name = 'ValueError'
}

/** What a kernel of the library found wrong with the values that it was given; it does not know whose kernel it is. */
export class KernelFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/** What a kernel threw, as an error that names its op: errors that are meant for users do already. */
export function kernelError(op: string, cause: unknown): CotangentError {
  if (cause instanceof CotangentError) return cause
  if (cause instanceof KernelFault) return new ValueError(cause.code, `[${op}] ${cause.message}`)
  const text = cause instanceof Error ? cause.message : String(cause)
  return new ValueError('kernel-threw', `[${op}] its kernel threw: ${text}; its stack is in the cause of this error`, {
    cause,
  })
}
