// Checks the packages as others use them. It packs them, installs the archives in a fresh project, and there runs one
// program in each runtime, through each bundler and in a page, and compiles programs with each version of TypeScript. It
// needs a build and the npm registry. Usage: node scripts/check-consumers.mjs [types | run] [VERSION ...], where a
// version is one of Node, with CHROMIUM=PATH if the browser is not called `chromium`.
import { countOfChecks, problems, setUp, tearDown } from './consumers/project.mjs'
import { checkBrowser, checkEntries, checkRuns, runTools } from './consumers/runs.mjs'
import { checkTypes, typeTools } from './consumers/types.mjs'
import { report } from './typescript-files.mjs'

const args = process.argv.slice(2)
const only = args.find((arg) => arg === 'types' || arg === 'run')
const versions = args.filter((arg) => /^\d/.test(arg))

try {
  setUp([...(only === 'run' ? [] : typeTools), ...(only === 'types' ? [] : runTools)])
  if (only !== 'types') {
    await checkBrowser(checkRuns(versions))
    checkEntries()
  }
  if (only !== 'run') checkTypes()
} finally {
  tearDown()
}
report('consumers', problems, `${countOfChecks()} checks of the packed packages passed`)
