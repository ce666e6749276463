// Shared by the check scripts: finds source files and prints problems.
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/**
 * All TypeScript source files below a folder, as absolute paths in a stable order. Declaration files are left out.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function typescriptFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).split(sep).includes('node_modules'))
    .sort()
}

/**
 * A path relative to the root, with forward slashes, as it is printed and as it appears in layers.json.
 *
 * @param {string} root
 * @param {string} file
 */
export function shown(root, file) {
  return relative(root, file).split(sep).join('/')
}

/**
 * Prints one line for each problem and sets the exit status.
 *
 * @param {string} name the check, as the reader knows it
 * @param {string[]} problems
 * @param {string} success what to say when there are none
 */
export function report(name, problems, success) {
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? `${name}: ${success}` : `${name}: ${problems.length} problem(s)`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
