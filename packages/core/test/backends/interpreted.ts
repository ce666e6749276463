import { backend, chooseBackend } from '../../src/backends/backend'
import { interpreter } from '../../src/backends/reference/backend'
import { interpretedPrograms } from '../../src/backends/reference/loader'

/** Runs `body` by the interpreter alone: ops, and what is compiled meanwhile. */
export function interpreted<T>(body: () => T): T {
  const before = backend()
  chooseBackend({ ...interpreter, loader: interpretedPrograms })
  try {
    return body()
  } finally {
    chooseBackend(before)
  }
}
