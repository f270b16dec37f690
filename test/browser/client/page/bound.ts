// Our client with DPoP: the refresh token in a cookie, every request proved with a key pair of this browser.
import { dpop } from 'latchkey/client/dpop'
import { start } from './app.ts'

start({ baseUrl: '/', proof: dpop() })
