import type { TensorType } from '../kernels/work'
import type { Op, RegionBody } from '../recording/op'
import { placesInList } from '../trees/places'
import type { Graph } from './graph'
import { traceLeaves } from './trace'

/** The computation inside a region that runs once, as a graph: it is traced on symbolic inputs. */
export function contentsOf(op: Op, body: RegionBody, types: readonly TensorType[], attributes: unknown): Graph {
  return traceLeaves(types, placesInList(types.length, op.name), (symbolic) => body.run(symbolic, attributes))
}
