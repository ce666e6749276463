import type { Shape } from '../types/shapes'

// What `lift` is for the attributes that most ops have: the batch axis comes first, so all other axes move by one.

/** Axes in a list. */
export function liftAxes<A extends { readonly axes: readonly number[] }>(attributes: A): A {
  return { ...attributes, axes: attributes.axes.map((axis) => axis + 1) }
}

/** One axis. */
export function liftAxis<A extends { readonly axis: number }>(attributes: A): A {
  return { ...attributes, axis: attributes.axis + 1 }
}

/** The shape of the output. */
export function liftShape({ shape }: { readonly shape: Shape }, size: number): { readonly shape: Shape } {
  return { shape: [size, ...shape] }
}
