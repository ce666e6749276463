// Checks the packages in their published form: packs each one, then runs publint and attw on the archive. Needs a
// build. Publishes nothing.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { danglingIn } from './dangling.mjs'
import { report } from './typescript-files.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` }
const shell = process.platform === 'win32'

/** The output of tar over a packed package. @param {string[]} args */
const tar = (...args) => execFileSync('tar', args, { encoding: 'utf8' })

/**
 * What a manifest lacks that npm shows.
 *
 * @param {Record<string, any>} manifest
 * @param {string} folder
 */
function incomplete({ version, repository, keywords, description }, folder) {
  const own = JSON.parse(readFileSync(join(root, 'packages', 'core', 'package.json'), 'utf8'))
  /** @type {[boolean, string][]} */
  const tests = [
    [Boolean(description), 'has no description'],
    [keywords?.includes('cotangent'), 'has no keywords'],
    [version === own.version, `has version ${version}, but core has ${own.version}`],
    [repository?.url === own.repository.url, 'names another repository than core'],
    [repository?.directory === `packages/${basename(folder)}`, 'does not name its folder in the repository'],
  ]
  return tests.filter(([isRight]) => !isRight).map(([, problem]) => problem)
}

/**
 * @param {string} name
 * @param {string} folder
 * @param {string} target where the archive goes
 * @returns {string[]} one entry for each problem
 */
function checkPackage(name, folder, target) {
  const pack = spawnSync('pnpm', ['pack', '--json', '--pack-destination', target], {
    cwd: folder,
    env,
    shell,
    encoding: 'utf8',
  })
  if (pack.status !== 0) return [`${name}: pnpm pack failed: ${pack.stderr || pack.stdout}`]
  const archive = JSON.parse(pack.stdout).filename
  const files = tar('-tzf', archive).trim().split('\n')
  const unpacked = `${archive}.unpacked`
  mkdirSync(unpacked)
  tar('-xzf', archive, '-C', unpacked)
  /** @type {string[]} */
  const problems = []

  const manifest = readFileSync(join(unpacked, 'package', 'package.json'), 'utf8')
  // If the `source` condition is gone, publishConfig.exports was applied. `workspace:` has no meaning outside the
  // repository.
  if (manifest.includes('"source"')) problems.push(`${name}: the packed exports still name the condition 'source'`)
  if (manifest.includes('workspace:')) problems.push(`${name}: the packed manifest still names 'workspace:'`)
  for (const file of files) {
    if (!/^package\/(dist\/.*|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(file))
      problems.push(`${name}: packs ${file}`)
  }
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE']) {
    if (!files.includes(`package/${file}`)) problems.push(`${name}: lacks ${file}`)
  }
  problems.push(...danglingIn(join(unpacked, 'package')).map((problem) => `${name}: ${problem}`))
  problems.push(...incomplete(JSON.parse(manifest), folder).map((problem) => `${name}: ${problem}`))
  for (const [tool, ...args] of [
    ['publint', 'run', archive, '--strict'],
    // Subpaths need a resolver that reads `exports`. Every Node version that the packages support has one.
    ['attw', archive, '--profile', 'node16', '--no-color', '--no-emoji', '--format', 'ascii'],
  ]) {
    const { status, stdout, stderr } = spawnSync(join(bin, tool), args, { cwd: folder, env, shell, encoding: 'utf8' })
    if (status !== 0) problems.push(`${name}: ${tool} says:\n${stdout}${stderr}`)
  }
  return problems
}

const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
const target = mkdtempSync(join(tmpdir(), 'cotangent-pack-'))
/** @type {string[]} */
const problems = []
/** @type {string[]} */
const names = []
try {
  for (const folder of folders.filter((path) => existsSync(join(path, 'package.json')))) {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    names.push(name)
    if (!existsSync(join(folder, 'dist'))) problems.push(`${name}: not built; run npm run build first`)
    else problems.push(...checkPackage(name, folder, target))
  }
} finally {
  rmSync(target, { recursive: true, force: true })
}
report('packages', problems, `${names.join(', ')} can be published as packed`)
