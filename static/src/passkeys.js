// Passkeys (WebAuthn) for allauth's forms. A button names what it does in data-passkey:
//   create – makes a key on this device, options from the JSON script named in data-options
//   use    – proves a key, options from that JSON script, or fetched from the form's address (sign in)
// The answer goes into the form's hidden "credential" field and the form is sent.

const wrong = 'The key could not be used. Try again, or choose another way.'

async function credentialFor (button, form) {
  const script = button.dataset.options && document.getElementById(button.dataset.options)
  const data = script
    ? JSON.parse(script.textContent)
    : await (await fetch(form.action, { headers: { Accept: 'application/json' } })).json()
  if (button.dataset.passkey === 'create') {
    const options = data.creation_options.publicKey
    const passwordless = form.elements.passwordless
    if (passwordless) {
      const required = passwordless.checked
      options.authenticatorSelection = {
        ...options.authenticatorSelection,
        residentKey: required ? 'required' : 'discouraged',
        requireResidentKey: required,
        ...(required ? { userVerification: 'required' } : {})
      }
    }
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
  }
  return navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(data.request_options.publicKey)
  })
}

export function startPasskeys () {
  const buttons = document.querySelectorAll('[data-passkey]')
  const able = typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential
  for (const button of buttons) {
    if (!able) continue
    button.hidden = false
    button.addEventListener('click', async (event) => {
      event.preventDefault()
      const form = button.form
      const status = form.querySelector('[role="status"]')
      if (status) status.textContent = ''
      try {
        const credential = await credentialFor(button, form)
        form.elements.credential.value = JSON.stringify(credential.toJSON())
        form.submit()
      } catch {
        if (status) status.textContent = wrong
      }
    })
  }
}
