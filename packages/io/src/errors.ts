import { CotangentError } from '@cotangent/core'

/** A file that cannot be read or written, that is damaged, or that does not fit the tree it is read into. */
export class FileError extends CotangentError {
  override readonly name = 'FileError'
}

/**
 * The error for a file whose bytes contradict its format. `expected` and `got` complete the sentence
 * `expected ..., got ...`.
 */
export function damaged(expected: string, got: string): FileError {
  return new FileError('damaged-file', `the file is damaged: expected ${expected}, got ${got}; write or copy it again`)
}

/** The error for a file of `torch.save`. It holds a program for Python, which nothing here runs. */
export function pickled(): FileError {
  return new FileError(
    'pickled-file',
    'this is a file of torch.save, which holds a Python pickle; convert it in Python, once: ' +
      "python -c \"import torch; from safetensors.torch import save_file; d = torch.load('model.pt', map_location='cpu', weights_only=True); " +
      "save_file({k: v.clone().contiguous() for k, v in d.get('state_dict', d).items()}, 'model.safetensors')\"",
  )
}

/** Runs a part of a call, which may be asynchronous. Errors about the file tell the part: `tensor 'w': ...`. */
export function within<T>(label: string, f: () => T): T {
  return rethrowing(f, (error) => {
    if (error instanceof FileError && label !== '') reword(error, `${label}: ${error.message}`)
  })
}

/** Runs the whole of a call, which may be asynchronous. Errors name it. */
export function named<T>(operation: string, f: () => T): T {
  return rethrowing(f, (error) => {
    const text = error instanceof FileError ? error.message : error.message.replace(/^\[[^\]]*\] /, '')
    reword(error, `[${operation}] ${text}`)
  })
}

function rethrowing<T>(f: () => T, change: (error: CotangentError) => void): T {
  const fail = (error: unknown): never => {
    if (error instanceof CotangentError) change(error)
    throw error
  }
  try {
    const result = f()
    return result instanceof Promise ? (result.catch(fail) as T) : result
  } catch (error) {
    return fail(error)
  }
}

function reword(error: CotangentError, text: string): void {
  const { message, stack } = error
  error.message = text
  if (stack !== undefined) error.stack = stack.replace(message, () => text)
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
