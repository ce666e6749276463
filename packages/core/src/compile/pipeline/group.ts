import type { ValueId } from './ir'
import type { LoopSpace } from './loopable'

/** Values that one kernel computes: a loop that fuses several, or a kernel of another kind for one. */
export interface Group {
  /** In order of computation. */
  readonly members: ValueId[]
  /** The iteration space of the loop and the axes that it reduces; null if the kernel is not a loop. */
  space: LoopSpace | null
  /** Topological level: one more than the highest level of a group that this one depends on. */
  level: number
  /** Instructions of the members' programs. */
  length: number
  /** For a contraction: the loop that consumes its product block by block. */
  epilogue: Group | null
}

/** The values that a group computes, those of its epilogue included. */
export function membersOf({ members, epilogue }: Group): readonly ValueId[] {
  return epilogue === null ? members : [...members, ...epilogue.members]
}
