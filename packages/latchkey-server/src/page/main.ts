// The page of the ready-made server: sign in, and watch a session renew, rotate, survive a thief and end.
// Every step is a file of its own; this one puts them together.
import { Acts } from './acts.ts'
import { startAutopilot } from './autopilot.ts'
import type { Page } from './page.ts'
import { Session } from './session.ts'
import { mountAccessToken } from './steps/access-token.ts'
import { mountDevices } from './steps/devices.ts'
import { mountFifty } from './steps/fifty.ts'
import { mountGeneration } from './steps/generation.ts'
import { mountReplay, showLeeway } from './steps/replay.ts'
import { mountSignIn } from './steps/sign-in.ts'
import { mountSignOut } from './steps/sign-out.ts'
import { mountThief } from './steps/thief.ts'
import { Journal } from './views/journal.ts'
import { showLife } from './views/life.ts'

const session = new Session()
const page: Page = { session, acts: new Acts(new Journal()) }

mountSignIn(page)
mountAccessToken(page)
mountGeneration(page)
mountReplay(page)
mountThief(page)
mountFifty(page)
mountDevices(page)
mountSignOut(page)

const showClocks = (): void => {
  showLife(session)
  showLeeway(session)
}
session.onChange(showClocks)
startAutopilot(page, showClocks)
