import { backend, chooseBackend } from '../../src/backends/backend'
import { interpreter } from '../../src/backends/reference/backend'

/** Runs `body` by the interpreter alone: ops, and what is compiled meanwhile. */
export function interpreted<T>(body: () => T): T {
  const before = backend()
  chooseBackend(interpreter)
  try {
    return body()
  } finally {
    chooseBackend(before)
  }
}
