// Passkeys: binds allauth's scripts to the form that asks for one. Without script, or in a browser
// without keys, the form stays hidden and the other ways remain.

const form = document.querySelector("[data-passkey]");
const forms = window.allauth?.webauthn?.forms;

if (form && forms && window.PublicKeyCredential) {
  const trouble = form.querySelector("[data-passkey-trouble]");
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    trouble.hidden = false;
  });
  const ids = { credential: "passkey-credential", data: "passkey-data" };
  const kinds = {
    login: () => forms.loginForm({ ids: { ...ids, login: "passkey-login" } }),
    add: () => forms.addForm({ ids: { ...ids, add: "passkey-add", passwordless: "id_passwordless" } }),
    use: () => forms.authenticateForm({ ids: { ...ids, authenticate: "passkey-use" } }),
  };
  kinds[form.dataset.passkey]();
  form.hidden = false;
  document.querySelector("[data-passkey-missing]")?.remove();
}
