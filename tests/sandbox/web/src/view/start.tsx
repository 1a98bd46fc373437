// What to do when there is no message yet.

import { signal } from '@preact/signals'
import { Icon } from '../icons.tsx'
import { status } from '../state/live.ts'
import { Code } from './code.tsx'

const environment = (url: string) => `export LINKWA_BASE_URL=${url}
export LINKWA_USERNAME=user LINKWA_PASSWORD=secret
export LINKWA_PLATFORM_ID=platform LINKWA_PLATFORM_PARTNER_ID=partner
export LINKWA_SOURCE=+46000000000`

interface Start {
  name: string
  before: string
  program: string
  needsEnvironment: boolean
}

const STARTS: Start[] = [
  {
    name: 'Python',
    before: 'pip install linkwa',
    needsEnvironment: true,
    program: `python3 -c '
import linkwa
linkwa.send_text("+46000000001", "Hello")
'`,
  },
  {
    name: 'Node',
    before: 'npm install linkwa',
    needsEnvironment: true,
    program: `node --input-type=module -e '
import { sendText } from "linkwa"
await sendText("+46000000001", "Hello")
'`,
  },
  {
    name: 'C',
    before: 'cc hello.c $(pkg-config --cflags --libs linkwa) && ./a.out',
    needsEnvironment: true,
    program: `/* hello.c */
#include <linkwa.h>
#include <stdio.h>

int main(void) {
    linkwa_client *client = NULL;
    linkwa_result *sent = NULL;
    linkwa_error *error = NULL;
    linkwa_status status = linkwa_client_from_env(&client, &error);
    if (status == LINKWA_OK) {
        status = linkwa_send_text(client, "+46000000001", "Hello", NULL, &sent, &error);
    }
    if (error != NULL) fprintf(stderr, "%s\\n", linkwa_error_message(error));
    linkwa_error_free(error);
    linkwa_result_free(sent);
    linkwa_client_free(client);
    return status == LINKWA_OK ? 0 : 1;
}`,
  },
  {
    name: 'Rust',
    before: 'cargo add linkwa',
    needsEnvironment: true,
    program: `fn main() -> Result<(), linkwa::Error> {
    linkwa::send_text("+46000000001", "Hello")?;
    Ok(())
}`,
  },
  {
    name: 'curl',
    before: '',
    needsEnvironment: false,
    program: `curl -u user:secret URL/messages -d '{
  "platformId": "platform", "platformPartnerId": "partner", "priority": "NORMAL",
  "refId": "first", "source": "+46000000000", "destinations": ["+46000000001"],
  "messages": [{"type": "text", "text": {"body": "Hello"}}]}'`,
  },
]

const chosen = signal('Python')

export function StartView({ write }: { write: () => void }) {
  const url = location.origin + (status.value?.basePath ?? '/whatsapp-message')
  const start = STARTS.find(({ name }) => name === chosen.value) ?? (STARTS[0] as Start)
  return (
    <div class="start">
      <div class="start-inner">
        <h2>Send a first message</h2>
        <p class="muted">
          It appears here as its user would see it. Nothing reaches a real phone, and no account is needed.
        </p>
        <div class="tabs" role="tablist" aria-label="Language">
          {STARTS.map(({ name }) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={name === start.name}
              aria-controls="start-panel"
              tabIndex={name === start.name ? 0 : -1}
              onClick={() => {
                chosen.value = name
              }}
              onKeyDown={(event) => {
                const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
                if (by === undefined) return
                const to = STARTS[(STARTS.findIndex((of) => of.name === name) + by + STARTS.length) % STARTS.length]
                if (!to) return
                chosen.value = to.name
                document.getElementById(`tab-${to.name}`)?.focus()
              }}
            >
              {name}
            </button>
          ))}
        </div>
        <div class="tab-panel" role="tabpanel" id="start-panel" aria-labelledby={`tab-${start.name}`}>
          {start.before !== '' && start.name !== 'C' && <Step label="Install it" code={start.before} />}
          {start.needsEnvironment && <Step label="Point it at the sandbox" code={environment(url)} />}
          <Step label="Send" code={start.program.replace('URL', url)} />
          {start.name === 'C' && <Step label="Build and run" code={start.before} />}
        </div>
        <p class="muted">
          Use the username and password of <code>--username</code> and <code>--password</code>; without them they are{' '}
          <code>user</code> and <code>secret</code>.
        </p>
        <p>
          <button type="button" onClick={write}>
            <Icon name="pen" size={16} /> Or write as a user
          </button>
        </p>
      </div>
    </div>
  )
}

function Step({ label, code }: { label: string; code: string }) {
  return (
    <div>
      <p class="muted">{label}</p>
      <Code code={code} />
    </div>
  )
}
