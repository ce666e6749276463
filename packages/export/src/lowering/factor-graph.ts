import type { Factorization, Graph } from '@cotangent/core'
import { ExportError } from '../errors'
import type { Type } from './target'

/** A factorization as a graph of other ops. */
export function factorGraph({ name }: Factorization, _inputs: readonly Type[], _output: Type): Graph {
  throw new ExportError('factor', `[${name}] has no counterpart yet`)
}
