import { CotangentError } from '@cotangent/core'
import { ExportError } from '../errors'

/** Runs a part of a call. Errors of ops become errors of the node that applied them. */
export function atNode<T>(label: string, f: () => T): T {
  try {
    return f()
  } catch (error) {
    if (error instanceof ExportError || !(error instanceof CotangentError)) throw error
    throw new ExportError('onnx-node', `${label}: ${error.message}`, { cause: error })
  }
}

/** Runs the whole of a call. Errors about the model name it. */
export function named<T>(operation: string, f: () => T): T {
  try {
    return f()
  } catch (error) {
    if (error instanceof ExportError && !error.message.startsWith('[')) {
      const { message, stack } = error
      error.message = `[${operation}] ${message}`
      if (stack !== undefined) error.stack = stack.replace(message, () => error.message)
    }
    throw error
  }
}
