import type { Graph, Kind } from '@cotangent/core'

/** The result of `trace`. */
export const aGraph: Kind = {
  expected: 'a graph',
  accepts: (value) => typeof (value as Partial<Graph> | null | undefined)?.toDiagram === 'function',
  remedy: 'make one with trace(f, ...examples)',
}

/** The option `root`. */
export const aRoot: Kind = { expected: 'the path of a folder', accepts: (value) => typeof value === 'string' }
