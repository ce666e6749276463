import { CotangentError, KernelFault, kernelError } from '../errors'
import { checkArguments, type Kind } from './arguments'
import { describeCall } from './describe'

let running: string | null = null

/** The public function whose call is running, if one is: errors name it, and graphs remember it for theirs. */
export function runningOperation(): string | null {
  return running
}

/**
 * Runs `f(...args)` as a call of `operation`. Where another call is running already, it is that one's own business, so that
 * an error names the function that the user called, and never one that it is made of.
 */
export function runAs<T>(operation: string, f: (...args: any) => T, args: readonly unknown[]): T {
  if (running !== null) return f(...args)
  running = operation
  try {
    return f(...args)
  } catch (error) {
    throw toldBy(operation, args, error)
  } finally {
    running = null
  }
}

/**
 * Types a function and puts it behind a door: its arguments are checked at each call, and its errors bear its name. For
 * functions that call none of the user's, whose errors are to stay as they are.
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

function toldBy(operation: string, args: readonly unknown[], thrown: unknown): unknown {
  const error = thrown instanceof KernelFault ? kernelError(operation, thrown) : thrown
  // Of debugNaN's error the point is the very op.
  if (!(error instanceof CotangentError) || error.code === 'non-finite') return error
  const [label, inner] = /^\[([^\]]*)\]/.exec(error.message) ?? ['']
  if (inner === operation) return error
  const told = `[${operation}]${error.message.slice(label.length)}, in ${describeCall(operation, args)}`
  const { message, stack } = error
  error.message = told
  if (stack !== undefined) error.stack = stack.replace(message, () => told)
  return error
}
