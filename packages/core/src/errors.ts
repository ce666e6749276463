/**
 * Base class of every error that Cotangent throws deliberately.
 *
 * `code` is stable across releases. The message names the operation, what was expected, what was given, and what to
 * do.
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

/** Dtypes that an operation does not accept, or that would need silent narrowing. */
export class DTypeError extends CotangentError {
  override readonly name = 'DTypeError'
}

/** A symbolic tensor that is used where a concrete one is needed, or after its trace has ended. */
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

/** Thrown by built-in kernels for bad values; the caller adds the op's name. */
export class KernelFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

/**
 * Converts an error that a kernel threw into one that names the op. A CotangentError names its op already and stays
 * unchanged.
 */
export function kernelError(op: string, cause: unknown): CotangentError {
  if (cause instanceof CotangentError) return cause
  if (cause instanceof KernelFault) return new ValueError(cause.code, `[${op}] ${cause.message}`)
  const text = (cause instanceof Error ? cause.message : String(cause)).replace(/[.;]$/, '')
  return new ValueError(
    'kernel-threw',
    `[${op}] the kernel threw: ${text}; see the cause of this error for its stack`,
    {
      cause,
    },
  )
}
