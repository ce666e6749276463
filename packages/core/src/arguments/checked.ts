import { CotangentError, KernelFault, kernelError } from '../errors'
import { checkArguments, type Kind } from './arguments'
import { describeCall } from './describe'

let running: string | null = null

/** The public function whose call is running, if any. Errors name it, and graphs record it for their own errors. */
export function runningOperation(): string | null {
  return running
}

/**
 * Runs `f(...args)` as a call of `operation`. Inside another running call, that call keeps the name: errors name the
 * function that the user called, not one that it is composed of.
 */
export function runAs<T>(operation: string, f: (...args: any) => T, args: readonly unknown[]): T {
  if (running !== null) return f(...args)
  running = operation
  try {
    return f(...args)
  } catch (error) {
    throw namedAfter(operation, args, error)
  } finally {
    running = null
  }
}

/**
 * Types a function and wraps it with checks: each call checks its arguments, and its errors name the function. Use
 * it only for functions that call no user function, because the errors of user functions must stay unchanged.
 */
/* @__NO_SIDE_EFFECTS__ */
export function checked<Signature>(
  operation: string,
  parameters: readonly Kind[],
  f: (...args: any) => unknown,
): Signature {
  const call = (...args: unknown[]): unknown => {
    checkArguments(operation, parameters, args)
    return runAs(operation, f, args)
  }
  return Object.defineProperty(call, 'name', { value: operation }) as Signature
}

function namedAfter(operation: string, args: readonly unknown[], thrown: unknown): unknown {
  const error = thrown instanceof KernelFault ? kernelError(operation, thrown) : thrown
  // The error of debugNaN must keep the name of the op.
  if (!(error instanceof CotangentError) || error.code === 'non-finite') return error
  const [label, inner] = /^\[([^\]]*)\]/.exec(error.message) ?? ['']
  if (inner === operation) return error
  const text = `[${operation}]${error.message.slice(label.length)}, in ${describeCall(operation, args)}`
  const { message, stack } = error
  error.message = text
  if (stack !== undefined) error.stack = stack.replace(message, () => text)
  return error
}
