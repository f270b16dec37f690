// IK, PD, PR and OP: repeated requests, problem details, privacy, and what must hold in operation.

import { notOffered, tested, type Section } from './line.ts'

const noKey = 'A renewal is repeatable by itself: the old token gets the same successor (RT-4). The header is not read'

export const idempotency: Section = {
  title: 'Idempotency-Key (draft 06)',
  lines: [
    notOffered('IK-1', 'the draft', 'The header is one quoted string', noKey),
    notOffered('IK-2', 'the draft', 'Statuses for reuse, duplicates in flight and missing keys', noKey),
    notOffered('IK-3', 'the draft', 'Keys expire, as documented', noKey),
    notOffered('IK-4', 'the draft, security', "Nobody is given another's kept answer", noKey),
    notOffered('IK-5', 'engineering', 'Kept answers hold secrets', 'No answer is kept'),
    notOffered('IK-6', 'engineering', 'Keys have a longest length', noKey),
  ],
}

export const problems: Section = {
  title: 'Problem details (RFC 9457)',
  lines: [
    tested('PD-1', 'RFC 9457', 'Type, title, status as it is, detail that helps', 'Each code has its own'),
    tested('PD-2', 'RFC 9457', 'Types are stable; members may be added', 'One name for each code; `reason` beside it'),
    tested('PD-3', 'RFC 6749 §5.2', 'Not on OAuth endpoints', 'JSON of RFC 6749, whatever is accepted'),
    tested('PD-4', 'RFC 9457', 'Nothing of the inside and nothing of the request', 'Fixed sentences alone'),
    tested('PD-5', 'engineering', 'What the parser refuses is answered in the same form', '400, 413, 415; 431 by Node'),
  ],
}

export const privacy: Section = {
  title: 'Privacy',
  lines: [
    tested('PR-1', 'GDPR art. 5(1)(c), 25', 'Little is kept', 'A label, the user agent, a coarse address'),
    tested('PR-2', 'GDPR art. 5(1)(b)', 'Key thumbprints go with the session', 'They stand in its row alone'),
    tested(
      'PR-3',
      'GDPR art. 5(1)(e); ASVS 14.2.7',
      'What is over is deleted in time',
      'Rows a day after their end; audit rows after their days',
    ),
    tested('PR-4', 'GDPR art. 15, 17', "One user's data can be given out and erased", '`audit export`, `audit erase`'),
    tested(
      'PR-5',
      'engineering',
      'A new address or user agent ends nothing',
      'It is told with the event; nothing is decided by it',
    ),
    tested(
      'PR-6',
      'engineering',
      'Texts are cut and cleaned before they are kept',
      'No control characters, a longest length',
    ),
    tested('PR-7', 'ePrivacy', 'Only cookies that are needed', 'None outside cookie mode; two or three in it'),
    tested(
      'PR-8',
      'engineering',
      'Audit rows hold no token, no name, no whole address',
      'Digests and public ids; coarse addresses',
    ),
  ],
}

export const operation: Section = {
  title: 'Operation',
  lines: [
    tested('OP-1', 'ASVS 15.4.2', 'One live refresh token per session at any instant', 'One generation in one row'),
    tested('OP-2', 'engineering', 'Ended is never live again', 'In any interleaving, and after a crash'),
    tested('OP-3', 'engineering', 'A store that fails is an outage, never a refusal', '503'),
    tested('OP-4', 'engineering', 'A clock that is off or goes back revives nothing', '503 beyond 2 s'),
    tested('OP-5', 'engineering', 'Ends only come nearer', 'No renewal moves the absolute end'),
    tested('OP-6', 'engineering', 'Keys change without a failed check', 'Next, active, retired'),
    tested('OP-7', 'engineering', 'A crash in the middle forks nothing', 'One row, one swap'),
    tested(
      'OP-8',
      'engineering',
      'A lost answer has a documented outcome',
      'Proved: the successor again, however late. Plain: for 10 s',
    ),
  ],
}
