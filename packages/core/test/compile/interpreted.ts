import type * as eager from '../../src/backends/wasm/eager'

let depth = 0

/** Runs `body` by the interpreter alone: large eager calls are not handed to compiled kernels. */
export function interpreted<T>(body: () => T): T {
  depth++
  try {
    return body()
  } finally {
    depth--
  }
}

/** Whether the interpreter is asked for. */
export function isInterpreting(): boolean {
  return depth > 0
}

/** The module that runs large eager calls, with a switch; for `vi.mock`. */
export function switchable(module: typeof eager): typeof eager {
  return { ...module, executeEagerly: (...call) => (isInterpreting() ? null : module.executeEagerly(...call)) }
}
