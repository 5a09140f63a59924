// Before a session ends for want of anything happening, its person is asked, in time to say that they're here.
// What a page asks by itself doesn't count: portal.js marks it, and so does the question here.
const ADDRESS = '/account/session/'
const WARN = 120
const AUTOMATIC = { Accept: 'application/json', 'X-Automatic': '1' }

const inWords = (seconds) => {
  const minutes = Math.ceil(seconds / 60)
  return seconds <= 60 ? `${Math.max(1, Math.round(seconds))} seconds` : `${minutes} minutes`
}

class Warning {
  constructor (seconds) {
    this.ends = Date.now() + seconds * 1000
    this.dialog = null
    // A timer of an hour is late on a computer that slept: look at the clock instead.
    setInterval(() => this.look(), 5000)
    document.addEventListener('visibilitychange', () => this.look())
  }

  get left () { return (this.ends - Date.now()) / 1000 }

  async look () {
    if (document.visibilityState === 'hidden' || this.asking) return
    if (this.dialog?.open) this.say()
    if (this.left > WARN || (this.dialog?.open && this.left > 0)) return
    await this.ask('GET')
    if (this.left <= WARN && !this.dialog?.open && !this.silent) this.open()
  }

  // Another window may have been used meanwhile, so the server is asked before anybody is warned.
  async ask (method) {
    this.asking = true
    try {
      const token = document.querySelector('input[name=csrfmiddlewaretoken]')?.value || ''
      const headers = method === 'POST' ? { Accept: 'application/json', 'X-CSRFToken': token } : AUTOMATIC
      const answer = await fetch(ADDRESS, { method, headers, credentials: 'same-origin', redirect: 'manual' })
      if (answer.status === 401 || answer.type === 'opaqueredirect') this.leave()
      else if (answer.ok) {
        const said = await answer.json()
        this.ends = Date.now() + said.seconds * 1000
        this.longer = said.longer
        if (this.left > WARN) this.close()
      }
    } catch { /* offline: nothing is lost, and the next look asks again */ }
    this.asking = false
  }

  open () {
    if (!this.dialog) this.make()
    this.silent = !this.longer
    this.dialog.querySelector('p').textContent = this.longer
      ? 'Nothing has happened here for a while. What you typed is kept either way.'
      : 'You signed in a long time ago, so we ask you to sign in again. What you typed is kept.'
    this.dialog.querySelector('[data-stay]').textContent = this.longer ? 'Stay signed in' : 'Go on for now'
    this.say()
    this.dialog.showModal()
    this.dialog.querySelector('h2').focus()
  }

  say () { this.dialog.querySelector('h2').textContent = `We’ll sign you out in ${inWords(this.left)}` }

  close () { if (this.dialog?.open) this.dialog.close() }

  // The page holds other people's work: it doesn't stay in sight of whoever comes next.
  leave () {
    const next = location.pathname + location.search
    location.assign(`/account/login/?${new URLSearchParams({ ended: this.silent ? 'whole' : 'idle', next })}`)
  }

  make () {
    this.dialog = document.createElement('dialog')
    this.dialog.className = 'app-dialog'
    this.dialog.setAttribute('aria-labelledby', 'session-title')
    this.dialog.setAttribute('aria-describedby', 'session-text')
    this.dialog.innerHTML = '<h2 class="govuk-heading-m" id="session-title" tabindex="-1"></h2><p class="govuk-body" id="session-text"></p>' +
      '<div class="govuk-button-group"><button type="button" class="govuk-button" data-stay></button>' +
      '<button type="button" class="govuk-button govuk-button--secondary" data-leave>Sign out now</button></div>'
    this.dialog.querySelector('[data-stay]').addEventListener('click', () => this.stay())
    this.dialog.querySelector('[data-leave]').addEventListener('click', () => {
      document.querySelector('form[action$="/account/logout/"]')?.requestSubmit()
    })
    this.dialog.addEventListener('cancel', (event) => { event.preventDefault(); this.stay() })
    document.body.append(this.dialog)
  }

  async stay () {
    this.close()
    if (this.longer) await this.ask('POST')
  }
}

export function startSession () {
  const seconds = Number(document.body.dataset.session)
  if (seconds > 0) new Warning(seconds) // eslint-disable-line no-new
}
