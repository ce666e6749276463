/** The loops and branches that programs cannot contain yet, by their op. Tests of `compile` leave them out. */
export const notCompiled: ReadonlySet<string> = new Set(['whileLoop', 'cond', 'switchCase'])
